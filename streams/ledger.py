"""The ledger's record of a chunk, and its row."""

from schemas.ledger import LedgerRecord
from streams.core.admission import Counts


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


def ledger_row(record: LedgerRecord) -> tuple[object, ...]:
    """The row in `ledger`, columns in the order of the catalogue."""
    r = record
    return (
        r.raw_partition, r.first, r.last, r.accepted, r.duplicate, r.dead, r.dropped, r.absent, r.ids_xor, r.written_by, r.is_repair,
        r.last + 1,
    )  # fmt: skip
