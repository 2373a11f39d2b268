"""Each record of raw has exactly one outcome, and which one does not depend on the order where two records bear one id."""

from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from schemas.dead_letters import RejectReason
from schemas.facts import Fact, Removal
from schemas.rules import Rules
from schemas.rulesets.admission import DropRule
from schemas.topics import FRAME_BYTES
from streams import pipeline
from streams.core.admission import Admission, Gate, RawRecord, event_hash
from streams.core.fact_building import Coordinates
from streams.core.overlay import MemoryBytes
from streams.frames import row_frames
from streams.rules_file import load_rules
from tests.builders import KEY
from tests.streams.core.told import Document, a_gate, a_record, admitted, at, event, ms, named, stitched


def outcomes(admission: Admission) -> tuple[int, int, int, int]:
    counts = admission.counts
    return counts.accepted, counts.duplicate, counts.dead, counts.dropped


def facts(admission: Admission) -> list[Fact]:
    return [record for record in admission.records if isinstance(record, Fact)]


def with_rules(**given: Any) -> Gate:
    return Gate(Rules.model_validate({**load_rules().model_dump(by_alias=True), **given}), KEY)


def test_a_valid_event_is_accepted_and_becomes_a_fact() -> None:
    admission = admitted(event("page.viewed"))
    assert outcomes(admission) == (1, 0, 0, 0)
    assert [fact.event_type for fact in facts(admission)] == ["page.viewed"]
    assert admission.counts.reasons == {("accepted", "page.viewed"): 1}
    assert admission.counts.ids_xor == event_hash(UUID(int=1).bytes)


def test_the_same_event_again_is_a_duplicate_though_it_was_sent_later() -> None:
    admission = admitted(event("page.viewed"), event("page.viewed", sent_at=at(days=1)))
    assert outcomes(admission) == (1, 1, 0, 0)
    assert len(admission.records) == 1


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", RejectReason.EMPTY),
        (b"{", RejectReason.NOT_JSON),
        (b"\xff{}", RejectReason.NOT_UTF8),
        (b"[1]", RejectReason.NOT_AN_OBJECT),
        (b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", RejectReason.TOO_DEEP),
        (b"{" + b" " * 70_000 + b"}", RejectReason.TOO_LARGE),
        (b'{"event_type":"x.y"}', RejectReason.UNKNOWN_EVENT_TYPE),
    ],
)
def test_what_cannot_be_read_is_a_dead_letter_with_its_bytes(raw: bytes, reason: RejectReason) -> None:
    admission = admitted(raw)
    assert outcomes(admission) == (0, 0, 1, 0)
    assert [(record.value, rejection.reason) for record, rejection in admission.letters] == [(raw, reason)]
    assert [row["reason"] for row in named(admission.effects)["dead_letters"]] == [reason.value]


def test_a_dead_letter_is_never_too_large_to_be_sent() -> None:
    admission = admitted(b"[" * 40_000_000)
    (message,) = row_frames(admission.effects.tables(), ("raw", 0, 0, 0), 1)
    assert len(message) < FRAME_BYTES
    assert ["40000000 bytes" in rejection.detail for _, rejection in admission.letters] == [True]


@pytest.mark.parametrize(
    ("when", "is_dead"),
    [
        ("1999-12-31T23:59:59.999Z", True),
        ("2000-01-01T00:00:00.000Z", False),
        (at(hours=48), False),
        (at(hours=48, milliseconds=1), True),
    ],
)
def test_a_date_is_absurd_before_2000_or_more_than_48_hours_after_it_was_received(when: str, is_dead: bool) -> None:
    record = a_record(event("page.viewed", when=when), received_at=ms())
    admission = pipeline.admit(a_gate(), MemoryBytes(), lambda entry: False, [record])
    assert [rejection.reason for _, rejection in admission.letters] == [RejectReason.ABSURD_DATE] * is_dead


def test_what_a_rule_drops_is_counted_under_its_name() -> None:
    gate = with_rules(drop=[DropRule(name="no_pages", types=("page.*",))])
    admission = admitted(event("page.viewed", 1), event("screen.viewed", 2), gate=gate)
    assert outcomes(admission) == (1, 0, 0, 1)
    assert admission.counts.reasons["dropped", "no_pages"] == 1


def test_a_record_under_a_foreign_key_is_sent_again_under_its_own() -> None:
    record = a_record(event("page.viewed"))
    stray = RawRecord(b"any", record.value, Coordinates(0, 0, ms(days=3)))
    admission = pipeline.admit(a_gate(), MemoryBytes(), lambda entry: False, [stray])
    assert outcomes(admission) == (0, 0, 0, 1)
    assert [(key, again.at.received_at) for key, again in admission.rekeyed] == [(record.key, ms(days=3))]


def test_junk_stands_for_nobody_and_each_such_event_for_itself() -> None:
    junk = [{"kind": "email", "value": "noreply@example.org"}]
    admission = admitted(event("page.viewed", 1, identities=junk), event("page.viewed", 2, identities=junk))
    (one,), (other,) = (fact.tokens for fact in facts(admission))
    assert one != other
    assert not admission.entries


def test_tests_and_crawlers_are_kept_and_marked() -> None:
    crawler = {"user_agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}
    admission = admitted(event("page.viewed", 1, environment="test"), event("page.viewed", 2, context=crawler))
    assert [(fact.environment, fact.is_bot) for fact in facts(admission)] == [("test", False), ("production", True)]
    assert "sessions" not in named(stitched(admission))


def test_unknown_fields_are_kept_and_counted_for_each_source() -> None:
    admission = admitted(*(event("page.viewed", n, payload={"colour": "red"}) for n in range(3)))
    (row,) = named(admission.effects)["quality"]
    assert (row["kind"], row["source"], row["subject"], row["count"]) == ("unknown_field", "shop-eu", "page.viewed.colour", 3)
    assert b'"colour":"red"' in facts(admission)[0].payload


def test_the_cost_of_a_campaign_is_a_row_and_no_touchpoint() -> None:
    admission = admitted(event("ad_cost.reported"))
    assert outcomes(admission) == (1, 0, 0, 0)
    assert not admission.records
    assert [row["cost"] for row in named(admission.effects)["ad_costs"]] == [375_000]


def test_links_that_are_known_are_not_told_again() -> None:
    document = event("page.viewed", identities=[{"kind": "email", "value": "a@example.org"}, {"kind": "device", "value": "d"}])
    fresh = admitted(document)
    assert len(fresh.entries) == 1
    known = pipeline.admit(a_gate(), MemoryBytes(), lambda entry: entry in fresh.entries, [a_record(document)])
    assert not known.entries
    assert known.counts.accepted == 1


def early(event_type: str = "page.viewed", **given: Any) -> Document:
    return event(event_type, sent_at=at(hours=1), **given)


def late(event_type: str = "page.viewed", **given: Any) -> Document:
    return event(event_type, sent_at=at(days=1), **given)


def retraction(of: int, n: int, sent_at: str = at(hours=3)) -> Document:
    return event("touchpoint.retracted", n, sent_at=sent_at, payload={"target_event_id": str(UUID(int=of + 1))})


def left(*documents: Document) -> tuple[list[str], list[int]]:
    """What is left of an id: channels of its touchpoints, and costs."""
    admission = admitted(*documents)
    touchpoints = named(stitched(admission)).get("touchpoints", []) if admission.records else []
    return [row["channel"] for row in touchpoints], [row["cost"] for row in named(admission.effects).get("ad_costs", [])]


NOTHING: tuple[list[str], list[int]] = ([], [])
CONTENTS: dict[str, tuple[list[Document], tuple[list[str], list[int]]]] = {
    "the later sent wins": ([early(), late(channel="store")], (["store"], [])),
    "of three, at two times": ([early(), late(channel="sms", when=at(hours=9)), early(channel="store")], (["sms"], [])),
    "retracted": ([early(), retraction(0, 5)], NOTHING),
    "two contents, retracted": ([early(), late(channel="store"), retraction(0, 5)], NOTHING),
    "a retraction cannot be retracted": ([early(), retraction(0, 5), retraction(5, 6)], NOTHING),
    "retracts itself and wins": ([early(), retraction(0, 0, sent_at=at(days=1))], NOTHING),
    "retracts itself and loses": ([late(), retraction(0, 0)], NOTHING),
    "the later cost wins": ([early("ad_cost.reported"), late("ad_cost.reported", payload={"cost": "1.00"})], ([], [10_000])),
    "a cost, retracted": ([early("ad_cost.reported"), retraction(0, 5)], NOTHING),
    "a touchpoint wins over a cost": ([early("ad_cost.reported"), late()], (["web"], [])),
    "a cost wins over a touchpoint": ([early(), late("ad_cost.reported")], ([], [375_000])),
    "a cost under an id that retracts itself": ([early("ad_cost.reported"), retraction(0, 0, sent_at=at(days=1))], NOTHING),
}


@pytest.mark.parametrize("case", CONTENTS)
def test_what_is_left_of_an_id_does_not_depend_on_the_order(case: str) -> None:
    documents, expected = CONTENTS[case]
    assert [left(*order) for order in permutations(documents)] == [expected] * len(list(permutations(documents)))


@pytest.mark.parametrize("case", [name for name in CONTENTS if "cost" in name])
def test_a_cost_that_is_read_behind_later_records_has_no_newer_version(case: str) -> None:
    """As by the auditor; ClickHouse keeps the greatest version, whatever came last."""
    documents, (_, costs) = CONTENTS[case]
    for order in permutations(documents):
        seen = MemoryBytes()
        versions: dict[int, int | None] = {0: None}
        for document in order:
            admission = pipeline.admit(a_gate(), seen, lambda entry: False, [a_record(document)])
            seen.write(admission.overlay.changes)
            rows = admission.effects.tables().get("ad_costs")
            if rows is not None:
                versions |= {row[-1]: row[6] for row in rows.upserts} | {row[-1]: None for row in rows.withdrawals}
        assert versions[max(versions)] == next(iter(costs), None)


def test_a_loser_is_removed_where_its_own_identities_lead() -> None:
    one = early(identities=[{"kind": "email", "value": "a@example.org"}])
    other = late(identities=[{"kind": "email", "value": "b@example.org"}])
    first, removal, second = admitted(one, other).records
    assert isinstance(removal, Removal)
    assert isinstance(second, Fact)
    assert (removal.tokens, removal.floor) == (first.tokens, (second.rank, second.content_hash))
