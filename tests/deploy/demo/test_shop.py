"""The simulated shop: valid, complete, deterministic, and as difficult as it says."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache

import orjson
import pytest

from deploy.demo.people import SHARES, population
from deploy.demo.shop import disorder, simulate
from deploy.demo.world import SimulatedEvent, World
from schemas.codec import Decoded, decode
from schemas.normalise import moment
from schemas.touchpoints import EVENT_TYPES

START = datetime(2025, 6, 2, tzinfo=UTC)
CUSTOMERS, DAYS = 300, 60


@cache
def events() -> tuple[SimulatedEvent, ...]:
    return tuple(simulate(CUSTOMERS, DAYS, 1, START))


def raw(some: tuple[SimulatedEvent, ...] | list[SimulatedEvent]) -> list[bytes]:
    return [orjson.dumps(event.document, option=orjson.OPT_SORT_KEYS) for event in some]


def test_every_simulated_event_is_accepted_by_the_codec() -> None:
    refused = [answer for answer in map(decode, raw(events())) if not isinstance(answer, Decoded)]
    assert refused == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_event_type_of_the_catalogue_occurs_in_a_shop_of_300_customers(seed: int) -> None:
    told = events() if seed == 1 else simulate(CUSTOMERS, DAYS, seed, START)
    assert {event.document["event_type"] for event in told} == set(EVENT_TYPES)


def test_the_same_arguments_give_the_same_events_byte_for_byte() -> None:
    assert raw(list(simulate(40, 20, 5, START))) == raw(list(simulate(40, 20, 5, START)))


@pytest.mark.parametrize(("customers", "days", "seed"), [(40, 20, 6), (41, 20, 5), (40, 21, 5)])
def test_another_world_shares_no_event_and_no_identity(customers: int, days: int, seed: int) -> None:
    one, other = list(simulate(40, 20, 5, START)), list(simulate(customers, days, seed, START))
    assert ids(one).isdisjoint(ids(other))
    assert shown(one).isdisjoint(shown(other))


def ids(some: list[SimulatedEvent]) -> set[str]:
    return {event.document["event_id"] for event in some}


def shown(some: list[SimulatedEvent]) -> set[tuple[str, str]]:
    return {(i["kind"], i["value"]) for event in some for i in event.document.get("identities", ())}


def test_events_come_in_order_of_occurred_at_and_lie_within_the_world() -> None:
    times = [moment(event.document["occurred_at"]) for event in events()]
    assert times == sorted(times)
    assert times[0] >= START
    assert times[-1] < START + timedelta(days=DAYS)


@pytest.mark.parametrize("customers", [300, 1000])
def test_each_difficulty_has_its_stated_share_of_the_people(customers: int) -> None:
    counts = Counter(person.difficulty for person in population(World(customers, DAYS, 1, START)))
    assert {kind: counts[kind] / customers for kind in SHARES} == pytest.approx(dict(SHARES))


def by_person(difficulty: str) -> dict[str, list[SimulatedEvent]]:
    lives: dict[str, list[SimulatedEvent]] = defaultdict(list)
    for event in events():
        if event.difficulty == difficulty:
            lives[event.truth].append(event)
    return lives


def people_by_value(difficulty: str, kind: str) -> dict[str, set[str]]:
    people: dict[str, set[str]] = defaultdict(set)
    for person, life in by_person(difficulty).items():
        for event in life:
            for identity in event.document["identities"]:
                if identity["kind"] == kind:
                    people[identity["value"]].add(person)
    return people


@pytest.mark.parametrize(("difficulty", "kind"), [("household", "device"), ("recycled_phone", "phone"), ("office", "phone")])
def test_what_a_difficulty_shares_is_shown_by_several_people(difficulty: str, kind: str) -> None:
    assert any(len(people) > 1 for people in people_by_value(difficulty, kind).values())


@pytest.mark.parametrize("kind", ["account", "customer_number", "loyalty", "social", "ticket_requester"])
def test_what_is_a_persons_own_is_shown_by_nobody_else(kind: str) -> None:
    people: dict[str, set[str]] = defaultdict(set)
    for event in events():
        for identity in event.document.get("identities", ()):
            if identity["kind"] == kind:
                people[identity["value"]].add(event.truth)
    assert people
    assert all(len(those) == 1 for those in people.values())


def test_a_login_on_the_family_tablet_ends_before_the_next_person_takes_it_on_another_day() -> None:
    days: dict[tuple[str, object], set[str]] = defaultdict(set)
    for event in events():
        tablets = [i["value"] for i in event.document.get("identities", ()) if i["value"].startswith("tab-")]
        if tablets and event.document["event_type"] == "login.succeeded":
            days[tablets[0], moment(event.document["occurred_at"]).date()].add(event.truth)
    assert days
    assert all(len(people) == 1 for people in days.values())


def test_the_third_device_of_three_never_logs_in() -> None:
    for life in by_person("three_devices").values():
        for event in life:
            kinds = {i["kind"] for i in event.document["identities"]}
            if any(i["value"].endswith("-c") for i in event.document["identities"]):
                assert kinds <= {"anonymous", "click"}


def test_a_marketplace_lends_another_address_for_each_order() -> None:
    for life in by_person("relay_address").values():
        orders = [event for event in life if event.document["event_type"] == "order.placed"]
        addresses = {i["value"] for event in orders for i in event.document["identities"] if i["kind"] == "email"}
        numbers = {event.document["payload"]["order_id"] for event in orders}
        assert len(addresses) == len(numbers)


def test_who_only_calls_never_shows_a_device() -> None:
    lives = by_person("phone_only")
    assert lives
    kinds = {i["kind"] for life in lives.values() for event in life for i in event.document["identities"]}
    assert kinds.isdisjoint({"device", "anonymous", "account"})


def test_a_carriers_scan_shows_nothing_but_the_parcel() -> None:
    scans = [event for event in events() if event.document["event_type"] == "shipment.delivered"]
    assert scans
    assert all([i["kind"] for i in event.document["identities"]] == ["shipment"] for event in scans)


def test_a_correction_has_the_same_id_another_content_and_a_later_sent_at() -> None:
    contents: dict[str, list[SimulatedEvent]] = defaultdict(list)
    for event in events():
        contents[event.document["event_id"]].append(event)
    corrected = [versions for versions in contents.values() if len(versions) > 1]
    assert corrected
    for first, second in corrected:
        assert second.document["sent_at"] > first.document["sent_at"]
        assert second.document["payload"] != first.document["payload"]
        assert second.truth == first.truth


def test_a_retraction_names_an_event_that_was_told() -> None:
    targets = {e.document["payload"]["target_event_id"] for e in events() if e.document["event_type"] == "touchpoint.retracted"}
    assert targets
    assert targets <= {event.document["event_id"] for event in events()}


def test_there_is_traffic_that_no_metric_counts() -> None:
    environments = Counter(event.document.get("environment", "production") for event in events())
    crawlers = [e for e in events() if "bot" in e.document.get("context", {}).get("user_agent", "").lower()]
    machine_opens = [e for e in events() if e.document["payload"].get("by_machine")]
    assert environments["test"]
    assert environments["internal"]
    assert crawlers
    assert machine_opens


def test_disorder_shuffles_and_repeats_and_loses_nothing() -> None:
    told = list(events())
    mixed = list(disorder(told, 3, repeated=0.05))
    assert len(mixed) == len(told) + round(0.05 * len(told))
    assert ids(mixed) == ids(told)
    assert raw(mixed[: len(told)]) != raw(told)
    assert set(raw(mixed)) == set(raw(told))


def test_disorder_without_shuffling_delays_only_the_late_ones() -> None:
    told = list(events())
    assert raw(list(disorder(told, 3, shuffled=False, repeated=0.0))) == raw(told)
    late = list(disorder(told, 3, shuffled=False, repeated=0.0, late_share=0.1))
    times = [event.document["occurred_at"] for event in late]
    behind = sum(at < max_before for at, max_before in zip(times[1:], running_max(times), strict=False))
    assert 0 < behind < 0.2 * len(told)


def running_max(times: list[str]) -> list[str]:
    greatest, result = times[0], []
    for at in times:
        greatest = max(greatest, at)
        result.append(greatest)
    return result
