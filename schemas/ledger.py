"""What travels on `touchpoints.ledger`: what became of each range of raw, and how far the stores of resolved are. Readable JSON."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class LedgerRecord(BaseModel):
    """Told after the effects of the range were acknowledged. Offsets are inclusive; `absent` counts offsets that Kafka does not have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["range"] = "range"
    raw_partition: int
    first: int
    last: int
    accepted: int
    duplicate: int
    dead: int
    dropped: int
    absent: int
    ids_xor: int
    written_by: str
    is_repair: bool = False


class StoreProgress(BaseModel):
    """`position`: the next frame of resolved to read; `controlled`: the last epoch of which the partition was told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["store"] = "store"
    resolved_partition: int
    position: int
    controlled: int
    written_by: str


_RECORD: TypeAdapter[LedgerRecord | StoreProgress] = TypeAdapter(Annotated[LedgerRecord | StoreProgress, Field(discriminator="kind")])


def encode_ledger(record: LedgerRecord | StoreProgress) -> bytes:
    """The bytes of a record."""
    return record.model_dump_json().encode()


def decode_ledger(raw: bytes) -> LedgerRecord | StoreProgress:
    """The record in `raw`; raises ValidationError where it is none."""
    return _RECORD.validate_json(raw)
