"""One content for each event id, whatever the order; what is retracted leaves."""

from itertools import permutations

from tests.reference.cases import content
from tests.reference.contents import content_hash, touchpoints, winners


def test_a_resend_with_another_sent_at_has_the_same_hash() -> None:
    one = content("page.viewed", 0, "anonymous:c", sent_at="2025-06-02T10:00:00.000Z")
    other = content("page.viewed", 0, "anonymous:c", sent_at="2025-06-02T11:00:00.000Z")
    assert content_hash(one.document) == content_hash(other.document)


def test_of_two_contents_the_one_sent_later_wins_in_any_order() -> None:
    early = content("page.viewed", 0, "anonymous:c", sent_at="2025-06-02T10:00:00.000Z", payload={"url": "/a"})
    late = content("page.viewed", 0, "anonymous:c", sent_at="2025-06-02T10:00:00.001Z", payload={"url": "/b"})
    unsent = content("page.viewed", 0, "anonymous:c", payload={"url": "/z"})
    for order in permutations((early, late, unsent)):
        assert winners(order) == [late]


def test_of_two_contents_sent_together_the_greater_hash_wins_in_any_order() -> None:
    contents = [content("page.viewed", 0, "anonymous:c", payload={"url": f"/{n}"}) for n in range(3)]
    greatest = max(contents, key=lambda c: content_hash(c.document))
    for order in permutations(contents):
        assert winners(order) == [greatest]


def test_a_retracted_touchpoint_leaves_whether_the_retraction_comes_before_or_after() -> None:
    kept, gone = content("page.viewed", 0, "anonymous:c"), content("page.viewed", 1, "anonymous:c")
    retraction = content("touchpoint.retracted", 2, payload={"target_event_id": str(gone.event.event_id)})
    for order in permutations((kept, gone, retraction)):
        assert touchpoints(list(order)) == [kept]


def test_costs_and_retractions_have_no_row_and_statements_have_one() -> None:
    consent = content("consent.changed", 0, "anonymous:c", payload={"purpose": "ads", "granted": True})
    erasure = content("erasure.requested", 1, payload={"identity": {"kind": "email", "value": "a@b.example"}})
    retraction = content("touchpoint.retracted", 2, payload={"target_event_id": "b7f3f6f2-4a54-5d7e-9c0b-2f6f4b1d9a10"})
    assert touchpoints([retraction, erasure, consent]) == [consent, erasure]


def test_every_content_of_a_retraction_takes_its_target_back() -> None:
    views = [content("page.viewed", n, "anonymous:c") for n in range(3)]
    words = [
        content(
            "touchpoint.retracted", 5, name="r", payload={"target_event_id": str(view.event.event_id)}, sent_at=f"2025-06-02T1{n}:00:00Z"
        )
        for n, view in enumerate(views[:2])
    ]
    again = content("touchpoint.retracted", 6, payload={"target_event_id": str(words[0].event.event_id)})
    for order in permutations((*views, *words, again)):
        assert touchpoints(list(order)) == [views[2]]


def test_histories_are_ordered_by_time_then_the_sources_own_order_then_the_id() -> None:
    second = content("page.viewed", 0, "anonymous:c", name="x", sequence=2)
    first = content("page.viewed", 0, "anonymous:c", name="y", sequence=1)
    without = content("page.viewed", 0, "anonymous:c", name="z")
    assert touchpoints([second, first, without]) == [without, first, second]
