"""What travels on `touchpoints.ledger`: what became of each range of raw, how far the stores of resolved are, and what operators ask of
the worker that has a partition of raw, and its answers. Readable JSON."""

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
    """`position`: the next frame of resolved to read; `controlled`: the last epoch of which the partition was told.

    `next_due`: when the next clock of the partition ends, ms UTC; -1 where none runs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["store"] = "store"
    resolved_partition: int
    position: int
    controlled: int
    next_due: int = -1
    written_by: str


class RepairRequest(BaseModel):
    """Asks for a range to be read again, and for all that it says to be said again, though it was taken before. Offsets are inclusive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["repair"] = "repair"
    raw_partition: int
    first: int
    last: int


class RepairDone(BaseModel):
    """The answer to a RepairRequest of this range."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["repaired"] = "repaired"
    raw_partition: int
    first: int
    last: int
    written_by: str


class PartitionStopped(BaseModel):
    """Too much was rejected: admission stands before `position` until somebody says that it may go on. `rejected` of `judged` records."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["stopped"] = "stopped"
    raw_partition: int
    position: int
    rejected: int
    judged: int
    written_by: str


class RejectsAccepted(BaseModel):
    """Below `until` no rejects stop the partition: somebody looked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["accepted"] = "accepted"
    raw_partition: int
    until: int


Told = LedgerRecord | StoreProgress | RepairRequest | RepairDone | PartitionStopped | RejectsAccepted
_RECORD: TypeAdapter[Told] = TypeAdapter(Annotated[Told, Field(discriminator="kind")])


def encode_ledger(record: Told) -> bytes:
    """The bytes of a record."""
    return record.model_dump_json().encode()


def decode_ledger(raw: bytes) -> Told:
    """The record in `raw`; raises ValidationError where it is none."""
    return _RECORD.validate_json(raw)
