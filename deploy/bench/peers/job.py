"""The job that all peers do: validate an event, keep the open session and journey of its customer, make rows.

Plain Python and pydantic, so that what differs is the system around it. Events of a customer come in order; there are no merges.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

SESSION_GAP_S, SESSION_MOST_S, SESSION_MOST_ACTS, JOURNEY_GAP_S = 1_800, 86_400, 1_000, 30 * 86_400


class Model(BaseModel):
    """Frozen, unknown fields kept."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Identity(Model):
    """By what a source knew somebody."""

    kind: Literal["customer_number", "account", "email", "phone", "device", "anonymous"]
    value: Annotated[str, Field(min_length=1, max_length=512)]


class PageViewed(Model):
    """Payload of page.viewed."""

    url: Annotated[str, Field(min_length=1, max_length=512)]
    title: str | None = None


class ProductViewed(Model):
    """Payload of product.viewed."""

    product_id: Annotated[str, Field(min_length=1, max_length=512)]
    category: str | None = None


class SearchPerformed(Model):
    """Payload of search.performed."""

    query: str
    result_count: Annotated[int, Field(ge=0)] | None = None


class Envelope(Model):
    """What every event has."""

    event_id: UUID
    schema_version: Annotated[int, Field(ge=1)] = 1
    source: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$")]
    occurred_at: AwareDatetime
    sent_at: AwareDatetime | None = None
    identities: Annotated[list[Identity], Field(min_length=1)]
    context: dict[str, Any] | None = None


class PageEvent(Envelope):
    """page.viewed"""

    event_type: Literal["page.viewed"]
    payload: PageViewed


class ProductEvent(Envelope):
    """product.viewed"""

    event_type: Literal["product.viewed"]
    payload: ProductViewed


class SearchEvent(Envelope):
    """search.performed"""

    event_type: Literal["search.performed"]
    payload: SearchPerformed


Event = PageEvent | ProductEvent | SearchEvent
_ADAPTER: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event_type")])
Row = tuple[Any, ...]
State = dict[str, Any]


def read(raw: bytes | str) -> Event:
    """pydantic's ValidationError where the event is not valid."""
    return _ADAPTER.validate_json(raw)


def take(state: State | None, event: Event) -> tuple[State, dict[str, Row]]:
    """The state behind the event (JSON-able: seconds, text, counts), and the rows by table, each with its version as the last column."""
    at = event.occurred_at.timestamp()
    if state is None or at - state["last_at"] > JOURNEY_GAP_S:
        version = state["version"] if state else 0
        state = {"version": version, "opened_at": at, "journey_count": 0, "journey_sessions": 0, "started_at": None}
    else:
        state = dict(state)
    is_over = state["started_at"] is None or at - state["last_at"] > SESSION_GAP_S or at - state["started_at"] > SESSION_MOST_S
    if is_over or state["session_count"] >= SESSION_MOST_ACTS:
        state["started_at"], state["session_count"] = at, 0
        state["journey_sessions"] += 1
    state["last_at"], state["version"] = at, state["version"] + 1
    state["journey_count"] += 1
    state["session_count"] += 1
    return state, _rows(event, state)


def _rows(event: Event, state: State) -> dict[str, Row]:
    customer, version = event.identities[0].value, state["version"]
    zone = event.occurred_at.tzinfo
    started, last, opened = (datetime.fromtimestamp(state[name], zone) for name in ("started_at", "last_at", "opened_at"))
    at, what, payload = event.occurred_at, event.event_type, event.payload.model_dump_json()
    return {
        "touchpoints": (customer, at, str(event.event_id), what, event.source, payload, version),
        "sessions": (customer, started, last, state["session_count"], version),
        "journeys": (customer, opened, last, state["journey_count"], state["journey_sessions"], version),
    }
