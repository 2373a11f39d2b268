"""The SDK against a twin of Kafka: told at once what is wrong, nothing lost while Kafka is away, one outcome for each event."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from schemas.codec import decode
from schemas.dead_letters import Rejection
from schemas.errors import ConfigurationError, EventInvalid
from schemas.examples import example, examples
from schemas.ids import event_id_for
from schemas.touchpoints import event_model
from streams.producer import FlushReport, Outcome, Producer, ProducerClosed, SpoolFull
from tests.streams.brokers import Broker

ORDER: dict[str, Any] = {"order_id": "o-1", "lines": [], "total": "19.90", "currency": "EUR"}
WHO = {"email": "a@b.example"}


class FixedClock:
    """Wall time stands still; `monotonic` is real enough for waiting."""

    def __init__(self) -> None:
        self._ticks = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, tzinfo=UTC)

    def monotonic(self) -> float:
        self._ticks += 0.001
        return self._ticks


def producer(broker: Broker, **options: Any) -> Producer:
    return Producer(source="shop-eu", connect=broker.connect, clock=options.pop("clock", FixedClock()), **options)


def sent(broker: Broker) -> list[dict[str, Any]]:
    return [orjson.loads(value) for value in broker.values]


def emit_many(shop: Producer, count: int) -> None:
    """Orders of about 5 KiB."""
    for number in range(count):
        shop.emit("order.placed", identities=WHO, payload={**ORDER, "order_id": f"o-{number}", "note": "x" * 5000})


def test_an_event_in_three_lines_is_complete_when_it_arrives() -> None:
    broker = Broker()
    with producer(broker) as shop:
        event_id = shop.emit("order.placed", identities=WHO, payload=ORDER)
        assert shop.flush(10) == FlushReport(delivered=1, spooled=0, failed=0)
    [document] = sent(broker)
    assert document == {
        "event_id": str(event_id),
        "event_type": "order.placed",
        "schema_version": 1,
        "source": "shop-eu",
        "occurred_at": "2026-03-01T12:00:00.000Z",
        "sent_at": "2026-03-01T12:00:00.000Z",
        "identities": [{"kind": "email", "value": "a@b.example"}],
        "payload": ORDER,
    }


@pytest.mark.parametrize("document", examples(), ids=lambda document: document["event_type"])
def test_every_type_of_event_goes_out_as_admission_reads_it(document: dict[str, Any]) -> None:
    broker = Broker()
    with producer(broker) as shop:
        shop.emit_document({name: value for name, value in document.items() if name != "event_id"})
    [value] = broker.values
    assert not isinstance(decode(value), Rejection)


def test_a_ready_event_is_the_same_as_its_fields() -> None:
    broker = Broker()
    with producer(broker) as shop:
        model = event_model("order.placed").model_validate(example("order.placed"))
        shop.emit(model)
    [document] = sent(broker)
    assert document == {**example("order.placed"), "environment": "production"}


def test_the_id_is_derived_from_the_business_key_so_that_a_resend_is_the_same_event() -> None:
    broker = Broker()
    with producer(broker) as shop:
        first = shop.emit("order.placed", identities=WHO, payload=ORDER)
        second = shop.emit("order.placed", identities={"phone": "+4930123456"}, payload={**ORDER, "total": "20.00"})
    assert first == second == event_id_for("shop-eu", "order.placed", "o-1")


def test_a_business_key_of_ones_own_wins_over_the_catalogues() -> None:
    with producer(Broker()) as shop:
        event_id = shop.emit("order.placed", identities=WHO, payload=ORDER, business_key=["eu", "77"])
    assert event_id == event_id_for("shop-eu", "order.placed", ["eu", "77"])


def test_without_a_business_key_each_event_has_an_id_of_its_own_made_from_the_time() -> None:
    with producer(Broker()) as shop:
        ids = [shop.emit("page.viewed", identities={"anonymous": "c"}, payload={"url": "/"}) for _ in range(3)]
    assert len(set(ids)) == 3
    assert {event_id.version for event_id in ids} == {7}


def test_a_business_key_with_a_missing_part_names_nothing() -> None:
    with producer(Broker()) as shop:
        ids = {shop.emit("lead.created", identities=WHO, payload={}) for _ in range(2)}
    assert len(ids) == 2


def test_a_time_in_the_key_counts_as_the_moment_that_it_is() -> None:
    moment = datetime(2026, 3, 1, 10, tzinfo=UTC)
    elsewhere = moment.astimezone(timezone(timedelta(hours=2)))
    with producer(Broker()) as shop:
        ids = {
            shop.emit("order.changed", identities=WHO, payload=ORDER, occurred_at=at)
            for at in (moment, elsewhere, "2026-03-01T11:00+01:00")
        }
    assert len(ids) == 1


def test_the_key_is_the_event_id_and_a_retraction_has_its_targets() -> None:
    broker, target = Broker(), UUID("01890a5d-ac96-774b-bcce-b302099a8057")
    with producer(broker) as shop:
        event_id = shop.emit("order.placed", identities=WHO, payload=ORDER)
        shop.emit("touchpoint.retracted", payload={"target_event_id": str(target).upper()})
    assert [key for key, _ in broker.records] == [str(event_id).encode(), str(target).encode()]


def test_python_values_become_what_json_has() -> None:
    broker = Broker()
    line = {"line_id": "1", "product_id": "p", "quantity": 2, "unit_price": Decimal("9.95")}
    with producer(broker) as shop:
        shop.emit(
            "order.placed",
            identities={"email": ["a@b.example", "c@d.example"], "account": "7"},
            payload={**ORDER, "lines": (line,), "total": Decimal("1E+2"), "promised_at": datetime(2026, 3, 2, tzinfo=UTC)},
        )
    [document] = sent(broker)
    assert [identity["kind"] for identity in document["identities"]] == ["email", "email", "account"]
    assert document["payload"]["total"] == "100"
    assert document["payload"]["lines"][0]["unit_price"] == "9.95"
    assert not isinstance(decode(broker.values[0]), Rejection)


@pytest.mark.parametrize(
    ("emit", "field", "words"),
    [
        (lambda p: p.emit("order.placed", identities=WHO, payload={**ORDER, "total": 19.9}), "payload.total", "a number"),
        (lambda p: p.emit("order.placed", identities=WHO, payload={"order_id": "1"}), "payload.lines", "required"),
        (lambda p: p.emit("order.placed", identities={"email": "nobody"}, payload=ORDER), "identities[0].value", "name@example.org"),
        (lambda p: p.emit("order.placed", payload=ORDER), "identities", "at least one"),
        (lambda p: p.emit("order.plced", identities=WHO, payload=ORDER), "event_type", "not in the catalogue"),
        (lambda p: p.emit("order.placed", identities=WHO, payload=ORDER, occurred_at=datetime(2026, 1, 1)), "occurred_at", "offset"),  # noqa: DTZ001
        (lambda p: p.emit("order.placed", identities=WHO, payload=ORDER, chanel="web"), "chanel", "no field of an event"),
        (lambda p: p.emit("order.placed", identities=WHO, payload=ORDER, channel="fax"), "channel", "expected one of"),
        (lambda p: p.emit("order.placed", identities=WHO, payload={**ORDER, "note": "x" * 70_000}), "", "at most 65536"),
        (lambda p: p.emit("order.placed", identities=WHO, payload={**ORDER, "note": object()}), "", "JSON cannot say"),
    ],
)
def test_an_invalid_event_is_told_at_once_and_not_sent(emit: Callable[[Producer], UUID], field: str, words: str) -> None:
    broker = Broker()
    with producer(broker) as shop:
        with pytest.raises(EventInvalid) as invalid:
            emit(shop)
        assert shop.flush(5) == FlushReport(0, 0, 0)
    assert invalid.value.field == field
    assert words in str(invalid.value)
    assert "nobody" not in str(invalid.value)
    assert broker.records == []


def test_a_source_that_is_no_name_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="shop-eu"):
        Producer(source="my shop!", connect=Broker().connect)


def test_while_kafka_is_away_events_wait_on_disk_and_go_out_in_order_after_a_restart(tmp_path: Path) -> None:
    broker = Broker(away=True)
    shop = producer(broker, spool_dir=tmp_path)
    ids = [str(shop.emit("order.placed", identities=WHO, payload={**ORDER, "order_id": f"o-{number}"})) for number in range(500)]
    assert broker.tried.wait(10)
    report = shop.flush(0.01)
    assert (report.delivered, report.spooled, report.failed) == (0, 500, 0)
    assert "does not answer" in report.problem
    shop.close(0)
    broker.away = False
    with producer(broker, spool_dir=tmp_path) as again:
        assert again.flush(10).delivered == 500
    assert [document["event_id"] for document in sent(broker)] == ids


def test_a_link_that_breaks_in_the_middle_loses_nothing_and_keeps_the_order() -> None:
    broker = Broker(breaks_after=100)
    with producer(broker) as shop:
        for number in range(300):
            shop.emit("order.placed", identities=WHO, payload={**ORDER, "order_id": f"o-{number}"})
        assert shop.flush(20).delivered == 300
    assert broker.links == 2
    assert list(dict.fromkeys(document["payload"]["order_id"] for document in sent(broker))) == [f"o-{number}" for number in range(300)]


def test_each_event_has_one_outcome(tmp_path: Path) -> None:
    outcomes: dict[UUID, list[tuple[Outcome, str]]] = {}
    broker = Broker(refuses=lambda value: b"o-3" in value)
    with producer(broker, spool_dir=tmp_path, on_delivery=lambda i, o, why: outcomes.setdefault(i, []).append((o, why))) as shop:
        ids = [shop.emit("order.placed", identities=WHO, payload={**ORDER, "order_id": f"o-{number}"}) for number in range(5)]
        report = shop.flush(10)
        broker.silent = True
        waits = shop.emit("order.placed", identities=WHO, payload={**ORDER, "order_id": "o-9"})
        shop.close(0)
    assert (report.delivered, report.failed) == (4, 1)
    assert [outcomes[event_id] for event_id in ids[:3]] == [[(Outcome.DELIVERED, "")]] * 3
    assert outcomes[ids[3]] == [(Outcome.FAILED, "Kafka refused it: too large")]
    assert [outcome for outcome, _ in outcomes[waits]] == [Outcome.SPOOLED]


def test_without_a_spool_what_kafka_did_not_take_failed_at_the_close() -> None:
    outcomes: list[Outcome] = []
    shop = producer(Broker(away=True), on_delivery=lambda event_id, outcome, why: outcomes.append(outcome))
    shop.emit("order.placed", identities=WHO, payload=ORDER)
    waiting = shop.flush(0.01)
    assert (waiting.waiting, waiting.failed) == (1, 0)
    assert shop.close(0).failed == 1
    assert outcomes == [Outcome.FAILED]


def test_a_callback_that_raises_harms_nobody() -> None:
    def broken(event_id: UUID, outcome: Outcome, why: str) -> None:
        raise RuntimeError

    broker = Broker()
    with producer(broker, on_delivery=broken) as shop:
        for number in range(10):
            shop.emit("order.placed", identities=WHO, payload={**ORDER, "order_id": f"o-{number}"})
        assert shop.flush(10).delivered == 10


def test_a_full_spool_says_why_and_what_to_do(tmp_path: Path) -> None:
    broker = Broker(away=True)
    with producer(broker, spool_dir=tmp_path, spool_mib=1) as shop:
        shop.emit("order.placed", identities=WHO, payload=ORDER)
        assert broker.tried.wait(10)
        shop.flush(0.5)
        with pytest.raises(SpoolFull, match=r"1 MiB; Kafka at nowhere does not answer.*raise spool_mib"):
            emit_many(shop, 10_000)
        shop.close(0)


def test_a_full_buffer_waits_for_room_and_goes_on() -> None:
    broker = Broker(silent=True)
    shop = producer(broker, buffer_mib=1, block_s=0.0)
    with pytest.raises(SpoolFull, match="give a spool_dir"):
        emit_many(shop, 10_000)
    shop.close(0)
    with producer(Broker(), buffer_mib=1, block_s=1e9) as fast:
        emit_many(fast, 1000)
        assert fast.flush(20).delivered == 1000


def test_several_threads_share_a_producer(tmp_path: Path) -> None:
    broker = Broker()
    with producer(broker, spool_dir=tmp_path) as shop:

        def work(thread: int) -> None:
            for number in range(200):
                shop.emit("order.placed", identities=WHO, payload={**ORDER, "order_id": f"{thread}-{number}"})

        threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert shop.flush(20).delivered == 800
    arrived = Counter(document["payload"]["order_id"] for document in sent(broker))
    assert set(arrived.values()) == {1}
    for number in range(4):
        own = [order for order in arrived if order.startswith(f"{number}-")]
        assert own == [f"{number}-{turn}" for turn in range(200)]


def test_a_report_counts_since_the_last_one() -> None:
    with producer(Broker()) as shop:
        shop.emit("order.placed", identities=WHO, payload=ORDER)
        assert shop.flush(10).delivered == 1
        assert shop.flush(10).delivered == 0


def test_a_closed_producer_takes_no_more_and_may_be_closed_again() -> None:
    shop = producer(Broker())
    shop.close()
    assert shop.close() == FlushReport(0, 0, 0)
    with pytest.raises(ProducerClosed, match="is closed"):
        shop.emit("order.placed", identities=WHO, payload=ORDER)
