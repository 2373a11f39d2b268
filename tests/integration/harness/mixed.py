"""The mixed set: simulated lives of every kind, and stories that go where the rules are hard. The same size gives the same events."""

from collections.abc import Iterator

from deploy.chaos.records import Record, record_of
from deploy.demo.shop import simulate
from schemas.example_payloads import PAYLOADS
from schemas.vocabulary import IdentityKind
from tests.integration.harness import history_stories, people_stories
from tests.integration.harness.teller import Document, Teller, numbered

STORIES = (*people_stories.STORIES, *history_stories.STORIES)
DAYS, SEED = 60, 3
EVENTS_A_CUSTOMER = 49
STORY_SHARE = 0.25
EVENTS_A_WORLD = 140
"""Of all stories told once, on the average."""


def mixed(events: int) -> list[Document]:
    """At least so many, in order of occurred_at; every event type is among them."""
    worlds = max(1, round(STORY_SHARE * events / EVENTS_A_WORLD))
    told = list(one_of_each())
    for n in range(worlds):
        told += world(n)
    customers = -(-(events - len(told)) // EVENTS_A_CUSTOMER)
    told += [event.document for event in simulate(customers, DAYS, SEED)]
    return numbered(told)


def world(n: int) -> list[Document]:
    """All stories once, about people of their own."""
    teller = Teller(f"w{n:06d}", first_day=(n * 7) % 50)
    for story in STORIES:
        story(teller)
    return teller.told


def one_of_each() -> Iterator[Document]:
    """Every event type in the life of one customer, by example."""
    teller = Teller("w999999", first_day=5)
    for n, event_type in enumerate(PAYLOADS):
        teller.tell(event_type, n / 10, teller.mail("each"), f"{IdentityKind.SOCIAL}:instagram:each")
    yield from teller.told


def records(events: int) -> list[Record]:
    """The set as records of raw, in order."""
    return [record_of(document) for document in mixed(events)]
