"""Which episodes there are and which touchpoints belong to them: a row for each customer and number, without its life cycle."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from schemas.ids import derived
from tests.reference.identities import things_of
from tests.reference.touches import Touch

Row = dict[str, Any]
Episode = tuple[str, str, str]
"""(kind, source, number)"""
TABLES = {
    "order": "orders",
    "shipment": "shipments",
    "ticket": "tickets",
    "call": "calls",
    "return": "returns",
    "subscription": "subscriptions",
    "survey": "surveys",
    "conversation": "conversations",
}


def episode_tables(customer: UUID, history: list[Touch]) -> dict[str, list[Row]]:
    """`history`: touchpoints of one customer that count, in order."""
    touches: dict[Episode, list[Touch]] = defaultdict(list)
    for touch in history:
        for episode in dict.fromkeys(episodes_of(touch)):
            touches[episode].append(touch)
    tables: dict[str, list[Row]] = {table: [] for table in TABLES.values()}
    for episode, mine in touches.items():
        tables[TABLES[episode[0]]].append(_row(customer, episode, mine))
    return tables


def episodes_of(touch: Touch) -> list[Episode]:
    """The things that it names, and the conversation or survey of its payload."""
    source = touch.content.event.source
    named = {kind: getattr(touch.payload, f"{kind}_id", None) for kind in ("conversation", "survey")}
    return things_of(touch.content) + [(kind, source, number) for kind, number in named.items() if number]


def _row(customer: UUID, episode: Episode, touches: list[Touch]) -> Row:
    kind, source, number = episode
    return {
        "customer_id": customer,
        "episode_id": derived("episode", kind, source, number),
        f"{kind}_id": number,
        "source": source,
        "opened_at": touches[0].at,
        "last_touch_at": touches[-1].at,
        "touchpoint_count": len(touches),
    }
