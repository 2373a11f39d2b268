"""The row of a touchpoint: what was observed, and what the rules made of it."""

from typing import Any

from schemas.facts import Fact
from schemas.links import KIND_NAMES
from streams.core.rulebook import Rulebook


def touchpoint_row(
    f: Fact,
    customer: bytes,
    rulebook: Rulebook,
    stage: str,
    owner: str,
    session_id: bytes | None,
    journey_id: bytes | None,
    sentiment: tuple[float | None, str],
    is_bad: bool,
    version: int,
) -> tuple[Any, ...]:
    """The row in `touchpoints`, columns in the order of the catalogue."""
    return (
        customer, f.occurred_at, f.event_id, f.event_type, f.schema_version, f.source, f.channel, stage,
        rulebook.scope_by_type[f.event_type], owner, f.actor, f.environment, f.is_bot, f.sequence or None, session_id, journey_id,
        sentiment[0], sentiment[1], is_bad, f.effort, f.cause, f.outcome, f.amount, f.currency, f.order_id, f.ticket_id, f.call_id,
        f.return_id, f.shipment_id, f.subscription_id, f.conversation_id, f.campaign, f.utm_source, f.utm_medium, f.page, f.referrer,
        f.device_class, f.locale, f.country, f.click_kinds, f.categories, [KIND_NAMES[t[0]] for t in f.tokens], [t.hex() for t in f.tokens],
        f.payload.decode(), f.context.decode(), f.personal.decode(), rulebook.version,
        f.rank or None, f.received_at, f.received_at - f.rank if f.rank else None, f.raw_partition, f.raw_offset, version,
    )  # fmt: skip
