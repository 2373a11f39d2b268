"""The row of an alert, and its message."""

from typing import Any
from uuid import UUID

import orjson

from schemas.alerts import AlertMessage, AlertState
from schemas.facts import Customer
from schemas.ids import derived
from streams.core.alerts.reasons import Reason
from streams.core.payloads import iso


def alert_id(reason: Reason) -> UUID:
    """From the rule, its clock and its subject: whoever fires it, and how often."""
    return derived("alert", reason.rule, reason.clock, reason.subject_kind, reason.subject_source, reason.subject_id)


def key_of(customer: Customer, reason: Reason) -> tuple[bytes, bytes]:
    """The key of its row."""
    return customer, alert_id(reason).bytes


def detail_of(reason: Reason) -> dict[str, Any]:
    """The figures, times as texts."""
    return {
        name: iso(value) if name.endswith("_at") and isinstance(value, int) else value for name, value in sorted(reason.figures.items())
    }


def alert_row(customer: Customer, reason: Reason, rules_version: int, fired_at: int, is_late: bool, version: int) -> tuple[Any, ...]:
    """The row in `alerts`, columns in the order of the catalogue."""
    return (
        *key_of(customer, reason), reason.rule, reason.clock, reason.subject_kind, reason.subject_source, reason.subject_id,
        reason.raised_at, reason.over_at, orjson.dumps(detail_of(reason)).decode(), rules_version, fired_at, is_late, version,
    )  # fmt: skip


def alert_message(customer: Customer, reason: Reason, state: AlertState, rules_version: int, fired_at: int, version: int) -> AlertMessage:
    """The message; times are built from texts as the wire has them."""
    return AlertMessage.model_validate(
        {
            "alert_id": alert_id(reason),
            "customer_id": UUID(bytes=customer),
            "state": state,
            "rule": reason.rule,
            "clock": reason.clock,
            "subject_kind": reason.subject_kind,
            "subject_source": reason.subject_source,
            "subject_id": reason.subject_id,
            "raised_at": iso(reason.raised_at),
            "over_at": None if reason.over_at is None else iso(reason.over_at),
            "fired_at": iso(fired_at),
            "detail": detail_of(reason),
            "rules_version": rules_version,
            "version": version,
        }
    )
