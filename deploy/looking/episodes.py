"""Orders, parcels, tickets, calls, returns, subscriptions, surveys and conversations of one customer, each in a few words."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from deploy.looking.finding import Ask
from deploy.looking.phrases import length
from deploy.looking.story import Episode


def episodes_of(ask: Ask, customer: str) -> tuple[Episode, ...]:
    """In order of their beginning. `customer`: the condition that names the customer."""
    found = [episode for kind in TOLD for episode in _of_kind(ask, customer, kind)]
    return tuple(sorted(found, key=lambda episode: (episode.opened_at, episode.kind, episode.number)))


def _of_kind(ask: Ask, customer: str, kind: str) -> list[Episode]:
    columns, told = TOLD[kind]
    rows = ask(f"SELECT {kind}_id, status, opened_at, last_touch_at, {columns} FROM {kind}s WHERE {customer} ORDER BY opened_at")
    return [
        Episode(kind, number, status, _utc(opened), _utc(last), ", ".join(filter(None, [_words(status), *told(*more)])))
        for number, status, opened, last, *more in rows
    ]


def _order(total: Any, currency: str, is_late: bool, returned: int) -> Sequence[str]:
    pieces = f"{returned} {'piece' if returned == 1 else 'pieces'} came back" if returned else ""
    return f"{total:.2f} {currency}" if currency else "", "late" if is_late else "", pieces


def _shipment(carrier: str, is_late: bool, failed: int) -> Sequence[str]:
    return carrier, "late" if is_late else "", f"{failed} failed attempts" if failed else ""


def _ticket(first_response_s: int | None, reopened: int, reason: str) -> Sequence[str]:
    answer = "no answer yet" if first_response_s is None else f"first answer after {length(first_response_s)}"
    return _words(reason), answer, f"reopened {'once' if reopened == 1 else f'{reopened} times'}" if reopened else ""


def _call(is_abandoned: bool, wait_ms: int | None, transfers: int) -> Sequence[str]:
    waited = "" if wait_ms is None else f"{'given up' if is_abandoned else 'answered'} after {length(wait_ms / 1000)}"
    return waited, f"handed on {'once' if transfers == 1 else f'{transfers} times'}" if transfers else ""


def _return(refunded: Any, currency: str, refund_s: int | None) -> Sequence[str]:
    after = "" if refund_s is None else f" after {length(refund_s)}"
    return (f"{refunded:.2f} {currency} back{after}" if refunded else "",)


def _subscription(plan: str, renewals: int, reason: str) -> Sequence[str]:
    return plan, f"renewed {'once' if renewals == 1 else f'{renewals} times'}" if renewals else "", _words(reason)


def _survey(instrument: str, score: float | None, scale_max: float | None) -> Sequence[str]:
    answer = "no answer" if score is None else f"{score:g}" + ("" if scale_max is None else f" of {scale_max:g}")
    return instrument, answer


def _conversation(intent: str, is_handed_over: bool, first_response_s: int | None) -> Sequence[str]:
    answer = "" if first_response_s is None else f"a person after {length(first_response_s)}"
    return _words(intent), "the bot gave up" if is_handed_over else "", answer


TOLD: Final[Mapping[str, tuple[str, Callable[..., Sequence[str]]]]] = {
    "order": ("total, currency, is_late, returned_units", _order),
    "shipment": ("carrier, is_late, failed_count", _shipment),
    "ticket": ("first_response_s, reopened_count, reason", _ticket),
    "call": ("is_abandoned, wait_ms, transfer_count", _call),
    "return": ("refunded, currency, refund_s", _return),
    "subscription": ("plan, renewal_count, reason", _subscription),
    "survey": ("instrument, score, scale_max", _survey),
    "conversation": ("intent, is_handed_over, first_response_s", _conversation),
}
"""By kind the columns that are asked for, and the words for them."""


def _words(status: object) -> str:
    return str(status).replace("_", " ")


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
