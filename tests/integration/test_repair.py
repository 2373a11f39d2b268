"""A range of raw that the ledger misses is read again: what a worker skipped lands all the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rocksdict import Rdict

from deploy.chaos.line import PARTITIONS, Line, Prints
from deploy.chaos.records import disordered
from schemas.ledger import LedgerRecord, decode_ledger
from schemas.topics import topic_names
from streams.stores import META, Progress, options, shared_cache
from tests.integration.conftest import Told

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

SKIPPED = 150
QUICKLY: Mapping[str, Any] = {"worker_hole_after_s": 2.0}


def skip(store: Path, records: int) -> None:
    """Lets a store of raw say that it is farther than it is, as no worker of ours would."""
    database = Rdict(str(store), options(shared_cache(8)))
    progress = msgspec.msgpack.decode(database[META] or b"", type=Progress)
    progress.position += records
    database[META] = msgspec.msgpack.encode(progress)
    database.close()


def test_what_a_worker_skipped_is_repaired_and_said_so(line: Line, short_set: Told, undisturbed: Prints) -> None:
    sent = disordered(short_set.records, 61)
    worker, _ = line.worker(**QUICKLY), line.sink()
    line.send(sent[: len(sent) // 3])
    line.settle()
    worker.kill()
    line.programs.remove(worker)
    for partition in range(PARTITIONS):
        skip(line.folder / "stores" / "g1" / "w1" / f"touchpoints.raw-{partition}", SKIPPED)
    line.send(sent[len(sent) // 3 :])
    line.worker(**QUICKLY)
    line.settle()
    assert line.prints() == undisturbed
    told = [decode_ledger(record.value) for record in line.read(topic_names().ledger)]
    repairs = [record for record in told if isinstance(record, LedgerRecord) and record.is_repair]
    assert sum(record.last - record.first + 1 for record in repairs) >= PARTITIONS * SKIPPED
    assert {record.absent for record in repairs} == {0}
