"""The ledger: what became of each range of raw, told after the effects of the range were acknowledged."""

import orjson
from pydantic import BaseModel, ConfigDict

from streams.core.admission import Counts


class LedgerRecord(BaseModel):
    """One readable JSON message on `touchpoints.ledger`; offsets are inclusive, `absent` counts offsets that Kafka does not have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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


def ledger_record(partition: int, first: int, last: int, counts: Counts, worker: str, is_repair: bool = False) -> LedgerRecord:
    """The record of a chunk that covers [first, last]."""
    told = counts.accepted + counts.duplicate + counts.dead + counts.dropped
    return LedgerRecord(
        raw_partition=partition,
        first=first,
        last=last,
        accepted=counts.accepted,
        duplicate=counts.duplicate,
        dead=counts.dead,
        dropped=counts.dropped,
        absent=last - first + 1 - told,
        ids_xor=counts.ids_xor,
        written_by=worker,
        is_repair=is_repair,
    )


def encode_ledger(record: LedgerRecord) -> bytes:
    """The bytes of a record."""
    return orjson.dumps(record.model_dump())


def decode_ledger(raw: bytes) -> LedgerRecord:
    """The record in `raw`; raises ValidationError where it is none."""
    return LedgerRecord.model_validate_json(raw)


def ledger_row(record: LedgerRecord) -> tuple[object, ...]:
    """The row in `ledger`, columns in the order of the catalogue."""
    r = record
    return (
        r.raw_partition, r.first, r.last, r.accepted, r.duplicate, r.dead, r.dropped, r.absent, r.ids_xor, r.written_by, r.is_repair,
        r.last + 1,
    )  # fmt: skip
