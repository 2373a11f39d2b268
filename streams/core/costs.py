"""`ad_cost.reported` has no customer: it goes straight to its row."""

from typing import Any

from schemas.envelope import AnyEvent
from schemas.facts import Fact
from streams.core.fact_building import milliseconds
from streams.core.payloads import scaled


def cost_row(event: AnyEvent, fact: Fact, version: int) -> tuple[Any, ...]:
    """The row in `ad_costs`, columns in the order of the catalogue."""
    p = event.payload
    return (
        fact.event_id, event.source, p.network, p.campaign_id, milliseconds(p.period_start), milliseconds(p.period_end), scaled(p.cost),
        p.currency, p.impressions, p.clicks, False, version,
    )  # fmt: skip
