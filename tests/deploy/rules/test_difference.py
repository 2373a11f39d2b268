"""What `tracker rules diff` says, on worlds small enough to be counted by hand."""

import json

import pytest

from deploy.rules.difference import Difference, difference
from deploy.rules.sample import Sample, World
from deploy.rules.told import document, lines, plain, tokens_of
from deploy.rules.who_moves import Knowledge, moves
from deploy.who.sight import Sight
from schemas.facts import Fact, Removal
from schemas.rules import Rules
from streams.core.fact_store import fact_of
from streams.core.identity.policy import policy_from, solo
from streams.core.observations import observations
from streams.rules_file import load_rules
from tests.builders import DAY, HOUR, MINUTE, T0, an_event_id
from tests.deploy.rules.told import Facts, changed, seen, token

SHIPPED = load_rules()


def told(new: Rules, *facts: Fact, old: Rules = SHIPPED, most: int | None = None) -> Difference:
    return difference(Facts(*facts), old, new, most)


def tables(found: Difference) -> dict[str, tuple[int, int, int]]:
    """By table rows gone, come, changed."""
    assert found.told is not None
    return {table.table: (table.gone, table.come, table.changed) for table in found.told.tables}


def test_a_higher_shared_above_joins_the_two_whom_the_address_of_four_kept_apart() -> None:
    """Four customer numbers showed one address, so it tells nothing; two cookies that showed only the address stay alone."""
    facts = [
        *(seen(n, f"loyalty:{n}", "email:office", minute=n) for n in range(1, 5)),
        seen(5, "email:office", "anonymous:one"),
        seen(6, "email:office", "anonymous:two"),
    ]
    loose = changed(identity={"kinds": {"email": {"shared_above": 4}, "loyalty": {"limit": 1}}})
    strict = changed(identity={"kinds": {"email": {"shared_above": 3}, "loyalty": {"limit": 1}}})
    found = told(loose, *facts, old=strict)
    assert found.moves is not None
    assert (found.moves.before.shared, found.moves.after.shared) == (1, 0)
    assert (found.moves.before.customers, found.moves.after.customers) == (6, 4)
    (join,) = found.moves.joins
    assert {solo(token(words)) for words in ("anonymous:one", "anonymous:two", "loyalty:1")} <= set(join.before)
    assert found.moves.splits == ()
    assert (found.moves.before.conflicts, found.moves.after.conflicts) == (0, 3), "three cards find another one there"


def test_a_lower_limit_splits_the_customer_who_has_more() -> None:
    facts = [seen(1, "email:ann", "device:phone"), seen(2, "device:phone", "device:laptop", minute=1), seen(3, "device:laptop", minute=2)]
    found = told(changed(identity={"kinds": {"device": {"limit": 1}}}), *facts)
    assert found.moves is not None
    (split,) = found.moves.splits
    assert list(split.before) == [solo(token("email:ann"))]
    assert set(split.after) == {solo(token("email:ann")), solo(token("device:laptop"))}
    assert split.pairs == ((*sorted((token("device:phone"), token("device:laptop"))), "joined", "conflict"),)
    assert found.moves.moved == (token("device:laptop"),)
    assert found.told is not None
    assert found.told.customers == (1, 2)
    (touchpoints,) = (table for table in found.told.tables if table.table == "touchpoints")
    assert touchpoints.moved == 1, "the event that knew the laptop alone"


def test_a_new_stage_rule_changes_the_rows_that_it_names_and_no_other() -> None:
    facts = [
        seen(1, "email:ann", event_type="review.posted"),
        seen(2, "email:ann", event_type="page.viewed", minute=1),
        seen(3, "email:bob", event_type="review.posted"),
    ]
    stages = [{"types": ["review.posted"], "stage": "care"}, *SHIPPED.model_dump(mode="json")["stages"]]
    found = told(changed(stages=stages), *facts)
    assert found.moves is None
    assert found.told is not None
    (touchpoints,) = (table for table in found.told.tables if table.table == "touchpoints")
    assert (touchpoints.changed, touchpoints.columns, touchpoints.gone) == (2, {"stage": 2}, 0)
    assert touchpoints.turns == {("stage", "awareness", "care"): 2}
    assert {key for (key,), _ in touchpoints.examples} == {an_event_id(1), an_event_id(3)}
    assert [change.field for change in found.changes] == ["stages.0"]


def test_another_session_gap_counts_other_sessions_and_leaves_customers_alone() -> None:
    facts = [seen(n, "email:ann", minute=minute) for n, minute in enumerate((0, 20, 40))]
    found = told(changed(sessions={"gap_s": 600}), *facts)
    assert found.told is not None
    before, after = found.told.figures
    assert (before["sessions"], after["sessions"]) == (1, 3)
    assert before["customers"] == after["customers"] == 1
    assert tables(found)["sessions"] == (0, 2, 1)
    assert {key: before[key] for key in ("touchpoints", "journeys")} == {"touchpoints": 3, "journeys": 1}


def test_equal_rules_differ_in_nothing_and_nothing_is_read() -> None:
    found = difference(None, SHIPPED, changed())
    assert (found.changes, found.moves, found.told) == ((), None, None)


def test_what_is_let_in_needs_raw_and_who_is_who_does_not() -> None:
    for new, from_raw in (
        (changed(identity={"junk": {"values": ["guest", "gast"]}}), True),
        (changed(identity={"kinds": {"social": {"strength": 6}, "ticket_requester": {"strength": 5}}}), True),
        (changed(bots={"score_at_least": 1}), True),
        (changed(identity={"nobody_above": 10}), False),
        (changed(sessions={"gap_s": 60}), False),
    ):
        assert difference(None, SHIPPED, new).from_raw is from_raw


def test_alerts_are_counted_by_rule_under_both() -> None:
    bad = {"event_type": "payment.failed", "outcome": "failed"}
    facts = [seen(n, "email:ann", minute=n * HOUR / MINUTE, **bad) for n in range(2)]
    found = told(changed(alerts={"bad_streak": {"count": 3}}), *facts)
    assert found.told is not None
    assert [alerts.get("bad_streak", 0) for alerts in found.told.alerts] == [1, 0]


def test_a_sample_holds_whole_customers_and_the_same_ones_whatever_the_order() -> None:
    facts = [seen(n * 100 + k, f"email:{n}", minute=k) for n in range(50) for k in range(3)]
    chosen = []
    for order in (facts, facts[::-1]):
        found = Sample(10)
        (known,) = Facts(*order).know([SHIPPED])
        world = World(known, {}, found)
        world.take_all(order)
        chosen.append({customer: set(entries) for customer, entries in world.histories()})
        assert found.left_out
    assert chosen[0] == chosen[1]
    assert [len(entries) for entries in chosen[0].values()] == [3] * 10


def test_customers_who_become_one_are_sampled_together() -> None:
    one, other = solo(token("email:ann")), solo(token("email:bob"))
    facts = [seen(1, "email:ann"), seen(2, "email:bob", minute=1)]
    sample = Sample(1)
    (known,) = Facts(*facts).know([SHIPPED])
    world = World(known, {one: one, other: one}, sample)
    world.take_all(facts)
    assert set(dict(world.histories())) == {one, other}


def test_what_was_retracted_is_in_no_history() -> None:
    fact = seen(1, "email:ann")
    gone = Removal(fact.occurred_at, 0, fact.event_id, fact.tokens, (2**62, b"\xff" * 16))
    (known,) = Facts(fact).know([SHIPPED])
    world = World(known, {}, Sample(None))
    world.take_all([fact, gone, fact])
    ((_, entries),) = world.histories()
    assert [fact_of(entry) for entry in entries.values()] == [None]


@pytest.mark.parametrize(("days", "journeys"), [(30, 1), (1, 2)])
def test_a_journey_ends_by_the_gap_of_its_rules(days: int, journeys: int) -> None:
    facts = [seen(1, "email:ann"), seen(2, "email:ann", minute=3 * DAY / MINUTE)]
    found = told(changed(journeys={"gap_days": days}, alerts={"late_firing_s": 3601}), *facts)
    assert found.told is not None
    assert found.told.figures[1]["journeys"] == journeys


def test_an_identity_that_is_junk_now_leaves_and_is_no_customer_of_its_own() -> None:
    """Only raw tells it: the logs have what the rules in force let in."""
    facts = [seen(1, "email:ann", "anonymous:one"), seen(2, "email:ann", "anonymous:two")]
    old, new = (Knowledge(policy_from(SHIPPED.identity)) for _ in range(2))
    for fact in facts:
        old.take(observations(fact, old.fold.policy))
    old.shown, new.shown = {t for fact in facts for t in fact.tokens}, {token("anonymous:one"), token("anonymous:two")}
    found = moves(old, new)
    (split,) = found.splits
    assert set(split.after) == {solo(token("anonymous:one")), solo(token("anonymous:two"))}
    assert token("email:ann") in found.moved


@pytest.mark.parametrize("show_personal", [False, True])
def test_what_is_said_has_its_figures_and_names_nobody_unless_asked_for(show_personal: bool) -> None:
    facts = [seen(1, "email:ann", "device:phone"), seen(2, "device:phone", "device:laptop", minute=90)]
    found = told(changed(identity={"kinds": {"device": {"limit": 1}}}, sessions={"gap_s": 600}), *facts)
    sight = Sight({}, {token("email:ann").hex(): "ann@example.org"}, show_personal)
    said = document(found, sight, 3)
    text = "\n".join(lines(said))
    for words in (
        "identity.kinds.device.limit: 50 -> 1",
        "customers whom links know             1 -> 2",
        "1 customers split; 0 join into 0",
        "joined -> conflict",
        "histories of all 1 customers (1 under the new rules)",
    ):
        assert words in text, text
    assert ("ann@example.org" in text + json.dumps(said, default=str)) is show_personal
    assert tokens_of(found.moves, 3) >= {token("email:ann"), token("device:laptop")}


def test_times_and_money_are_told_as_people_write_them() -> None:
    assert plain(T0, "Nullable(DateTime64(3, 'UTC'))") == "2023-11-14T22:13:20.000+00:00"
    assert plain(199_000, "Decimal(18, 4)") == "19.90"
    assert plain(None, "Decimal(18, 4)") == "None"
    assert plain("x" * 100) == "x" * 60 + "..."
