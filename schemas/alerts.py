"""What travels on `alerts`: one readable JSON message each time an alert opens, is over or is withdrawn, for people who can still act.

The message is public: webhooks carry it as it is. It holds no personal data.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.fields import Count, Moment
from schemas.vocabulary import Word

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class AlertState(Word):
    """Where an alert stands. A later message about the same alert and customer (greater `version`) replaces an earlier one."""

    OPEN = "open", "there is a reason, and it lasts"
    OVER = "over", "events ended the reason: the answer came, if late"
    WITHDRAWN = "withdrawn", "the reason was none: something that came late, a merge or a correction took it away"


class AlertMessage(BaseModel):
    """One change of one alert. `alert_id` is derived from rule, clock and subject: the same alert, fired twice, has the same."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["alert"] = "alert"
    schema_version: Literal[1] = 1
    alert_id: Annotated[UUID, Field(description="derived from rule, clock and subject")]
    customer_id: Annotated[UUID, Field(description="whose history gave the reason; after a merge another one's; zeros with products")]
    state: Annotated[AlertState, Field(description="open, over or withdrawn")]
    rule: Annotated[str, Field(description="which alert, such as sla.breached")]
    clock: Annotated[str, Field(description="with sla.*: which clock; else empty")] = ""
    subject_kind: Annotated[str, Field(description="what it is about: ticket, call, return, shipment, order, journey, touchpoint, product")]
    subject_source: Annotated[str, Field(description="system that gave the number, empty if none")] = ""
    subject_id: Annotated[str, Field(description="its number or id")]
    raised_at: Annotated[Moment, Field(description="when the reason arose, by event time")]
    over_at: Annotated[Moment | None, Field(description="when events ended it")] = None
    fired_at: Annotated[Moment, Field(description="when it fired, by the tracker's time")]
    detail: Annotated[dict[str, Any], Field(description="figures behind it; names ending in _at are times")]
    rules_version: Annotated[Count, Field(description="version of rules.yaml")]
    generation: Annotated[Count, Field(description="generation that told it")] = 1
    version: Annotated[Count, Field(description="of messages with one alert_id and customer_id the greatest counts")]


def encode_alert(message: AlertMessage) -> bytes:
    """The bytes of a message."""
    return message.model_dump_json().encode()


def decode_alert(raw: bytes) -> AlertMessage:
    """The message in `raw`; raises ValueError where it is none."""
    try:
        return AlertMessage.model_validate_json(raw)
    except ValidationError as why:
        raise ValueError(f"no alert: {why.error_count()} fields are wrong") from None


def alert_schema() -> str:
    """The message as JSON Schema 2020-12, for receivers in other languages."""
    schema = {"$schema": DIALECT, "$id": "urn:touchpoint-tracker:alert:1", **AlertMessage.model_json_schema(mode="serialization")}
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode() + "\n"
