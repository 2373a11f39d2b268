"""Who is meant, and what is asked of ClickHouse: against the real views, with rows by hand."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from deploy.cli import main
from deploy.looking.asking import Choice, tell
from deploy.looking.document import document_of
from deploy.looking.errors import NobodyFound
from deploy.looking.finding import Ask, find
from schemas.errors import IdentityRefused
from schemas.links import token_for
from sinks.clickhouse import ClickHouse
from tests.sinks.frames import T0, a_row, an_id
from tests.sinks.stores import ReadableClickHouse, clickhouse_store, connection_to
from tests.sinks.test_views import put
from tests.stack import ClickHouseAddress

pytestmark = pytest.mark.clickhouse
NAME, KEY, HOUR = "looking", b"a key", 3_600_000
JO, SAM, FORMER, LOST = (str(UUID(int=n)) for n in (1, 2, 3, 4))
START = datetime.fromtimestamp(T0 / 1000, UTC)


@pytest.fixture(scope="module")
def ask(clickhouse: ClickHouseAddress) -> Iterator[Ask]:
    with clickhouse_store(clickhouse.host, clickhouse.port, NAME) as store:
        fill(store)
        door = ClickHouse(connection_to(clickhouse.host, clickhouse.port, NAME), database=NAME)
        yield lambda sql: door.ask(sql).rows
        door.close()


def fill(store: ReadableClickHouse) -> None:
    """Jo: five touchpoints in two journeys, one more by a crawler and one of a test. Sam: one, and Jo's tablet."""
    put(
        store,
        "touchpoints",
        touch(1, 0, journey=1, event_type="ad.clicked", payload='{"campaign_id": "spring"}'),
        touch(2, 1, journey=1, event_type="order.placed", amount=199_000, currency="EUR", order_id="O'1", sentiment=0.2),
        touch(3, 2, journey=1, event_type="page.viewed", page="/mugs", is_bad=True),
        touch(4, 1000, journey=2, event_type="ticket.opened", channel="email", personal='{"payload": {"subject": "broken"}}'),
        touch(5, 1001, journey=2, event_type="unheard.of", session_id=None, actor="system"),
        touch(6, 1002, journey=2, is_bot=True),
        touch(7, 1003, journey=2, environment="test"),
        touch(8, 0, journey=3, customer=2),
    )
    put(store, "journeys", *(journey(n, begin, end) for n, begin, end in ((1, 0, 2), (2, 1000, 1001))))
    put(store, "sessions", session(1, 0, 2), session(2, 1000, 1000))
    put(
        store,
        "orders",
        a_row("orders", order_id="O'1", source="shop-eu", opened_at=T0 + HOUR, last_touch_at=T0 + 30 * HOUR, total=199_000, currency="EUR"),
    )
    put(store, "identities", shows(1, "email", "jo@example.org"), shows(1, "device", "tablet"), shows(2, "device", "tablet"))
    put(store, "customer_redirects", a_row("customer_redirects", customer_id=an_id(3), now_customer_id=an_id(1)))


def touch(n: int, hours: int, journey: int, customer: int = 1, **given: Any) -> tuple[Any, ...]:
    known = {"event_type": "page.viewed", "channel": "web", "actor": "customer", "environment": "production", "payload": "{}"}
    ids = {"customer_id": an_id(customer), "event_id": an_id(n), "session_id": an_id(journey), "journey_id": an_id(journey)}
    return a_row("touchpoints", **{"occurred_at": T0 + hours * HOUR, "received_at": T0 + hours * HOUR, **known, **ids, **given})


def journey(n: int, begin: int, end: int) -> tuple[Any, ...]:
    return a_row("journeys", journey_id=an_id(n), opened_at=T0 + begin * HOUR, last_touch_at=T0 + end * HOUR, currency="EUR")


def session(n: int, begin: int, end: int) -> tuple[Any, ...]:
    return a_row("sessions", session_id=an_id(n), started_at=T0 + begin * HOUR, ended_at=T0 + end * HOUR)


def shows(customer: int, kind: str, value: str) -> tuple[Any, ...]:
    return a_row("identities", customer_id=an_id(customer), kind=kind, token=token_for(kind, value, KEY).hex(), value=value)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


@pytest.mark.parametrize(
    "who", [JO, JO.upper(), f" {JO} ", "email: Jo@Example.ORG", "e-mail:jo@example.org", "order:O'1", "order:O'1@shop-eu"]
)
def test_a_customer_is_found_by_id_identity_or_number(ask: Ask, who: str) -> None:
    assert find(ask, who, KEY) == (JO,)


def test_a_former_id_leads_to_the_customer_of_today(ask: Ask) -> None:
    assert find(ask, FORMER, KEY) == (FORMER, JO)


@pytest.mark.parametrize("who", [LOST, "email:nobody@example.org", "order:O-2", "order:O'1@shop-us", "jo@example.org", "shoe:42"])
def test_nobody_is_said_with_a_remedy_and_without_the_value(ask: Ask, who: str) -> None:
    with pytest.raises(NobodyFound) as caught:
        find(ask, who, KEY)
    assert "KIND:VALUE" in caught.value.remedy
    assert who.partition(":")[2] not in caught.value.message or ":" not in who


def test_another_key_makes_other_tokens(ask: Ask) -> None:
    with pytest.raises(NobodyFound):
        find(ask, "email:jo@example.org", b"another")


def test_a_value_that_is_none_of_its_kind_is_refused(ask: Ask) -> None:
    with pytest.raises(IdentityRefused):
        find(ask, "email:jo", KEY)


def test_a_shared_identity_names_whom_it_may_mean(ask: Ask) -> None:
    with pytest.raises(NobodyFound, match="2 customers show this device") as caught:
        find(ask, "device:tablet", KEY)
    assert JO in caught.value.remedy
    assert SAM in caught.value.remedy


def test_the_story_has_what_counts_in_order(ask: Ask) -> None:
    story = tell(ask, (FORMER, JO), Choice())
    assert [(touch.at, touch.told, touch.mark) for touch in story.touches] == [
        (at(0), "clicked an ad of spring", "own"),
        (at(1), "ordered ?, ? ?", "good"),
        (at(2), "looked at /mugs", "bad"),
        (at(1000), "wrote: ? (?)", "own"),
        (at(1001), "unheard: of", "theirs"),
    ]
    assert (story.of, story.left_out, story.former, story.lanes) == (5, 0, (FORMER,), ("web", "email"))
    assert [(j.number, j.opened_at, j.state) for j in story.journeys] == [(1, at(0), "closed, final"), (2, at(1000), "open")]
    assert [s.acts for s in story.sessions] == [1, 1]
    assert [(e.kind, e.number, e.told) for e in story.episodes if e.kind == "order"] == [("order", "O'1", "19.90 EUR, 1 piece came back")]
    assert story.touches[1].things == {"order": "O'1"}


def test_a_time_a_journey_and_the_newest_can_be_chosen(ask: Ask) -> None:
    def told(**given: Any) -> list[datetime]:
        return [touch.at for touch in tell(ask, (JO,), Choice(**given)).touches]

    assert told(since=at(2)) == [at(2), at(1000), at(1001)]
    assert told(until=at(2)) == [at(0), at(1)]
    assert told(journey="2") == told(journey=str(UUID(int=2))) == [at(1000), at(1001)]
    assert told(most=2) == [at(1000), at(1001)]
    assert tell(ask, (JO,), Choice(most=2)).left_out == 3
    assert [j.number for j in tell(ask, (JO,), Choice(since=at(3))).journeys] == [2]
    with pytest.raises(NobodyFound, match="2 journeys"):
        told(journey="3")


def test_what_names_a_person_is_masked_unless_it_is_asked_for(ask: Ask) -> None:
    hidden, shown = (tell(ask, (JO,), Choice(show_personal=show)) for show in (False, True))
    assert sorted(i.value for i in hidden.identities) == ["j***@example.org", "t***"]
    assert "broken" not in str(document_of(hidden))
    assert sorted(i.value for i in shown.identities) == ["jo@example.org", "tablet"]
    assert shown.touches[3].personal == {"payload": {"subject": "broken"}}


def test_the_document_is_plain_json(ask: Ask) -> None:
    document = document_of(tell(ask, (JO,), Choice()))
    assert document["touches"][1] | {"told": ""} == document["touches"][1] | {"told": "", "amount": "19.9000", "mark": "good"}
    assert document["journeys"][0]["opened_at"] == "2026-01-01T00:00:00.000+00:00"


@pytest.fixture
def here(ask: Ask, clickhouse: ClickHouseAddress, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands find these rows."""
    for name, value in (("HOST", clickhouse.host), ("PORT", str(clickhouse.port)), ("DATABASE", NAME)):
        monkeypatch.setenv(f"TRACKER_CLICKHOUSE_{name}", value)
    monkeypatch.setenv("TRACKER_IDENTITY_KEY", KEY.decode())


@pytest.mark.usefixtures("here")
def test_the_command_draws_writes_a_page_and_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journey", "email:jo@example.org", "--since", "2026-01-02"]) == 0
    shown = capsys.readouterr().out
    assert f"customer {JO}" in shown
    assert "clicked an ad" not in shown
    page = tmp_path / "jo.html"
    assert main(["journey", JO, "--html", str(page), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["touches"]) == 5
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.usefixtures("here")
def test_the_command_says_who_cannot_be_found_with_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journey", "email:nobody@example.org", "--json"]) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)["error"]["kind"] == "NobodyFound"
    assert "nobody@example.org" not in shown.out + shown.err


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("who", ["e-mail:jo@example.org", "order:O'1", "order:O'1@shop-eu"])
def test_the_command_finds_whom_people_mean_as_they_type_it(who: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journey", who]) == 0
    assert f"customer {JO}" in capsys.readouterr().out


@pytest.mark.usefixtures("here")
def test_the_paths_of_the_same_customer_come_as_table_json_and_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["paths", "--by", "event", "--depth", "2"]) == 0
    assert "ad.clicked > order.placed > ..." in capsys.readouterr().out
    page = tmp_path / "paths.html"
    assert main(["paths", "--json", "--html", str(page)]) == 0
    assert json.loads(capsys.readouterr().out)["journeys"] == 2
    assert "Paths of journeys" in page.read_text(encoding="utf-8")
