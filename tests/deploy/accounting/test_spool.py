"""The ledger as it is kept while accounts are made."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.accounting.spool import Spool
from schemas.ledger import LedgerRecord, PartitionStopped, RejectsAccepted, RepairRequest, StoreProgress, Told, encode_ledger

STOP = PartitionStopped(raw_partition=1, position=10, rejected=3, judged=3, written_by="w")


@dataclass(frozen=True)
class Rec:
    value: bytes


@dataclass(frozen=True)
class Ledger:
    """As `Log` reads it: one partition, two records at a time."""

    told: list[Told]

    def partitions(self, topic: str) -> list[int]:
        return [0]

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        return 0, len(self.told)

    def read(self, topic: str, partition: int, first: int, end: int) -> Iterator[list[Rec]]:
        for n in range(first, end, 2):
            yield [Rec(encode_ledger(told)) for told in self.told[n : n + 2]]


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    made = Spool(tmp_path)
    yield made
    made.close()


def covers(first: int, last: int, partition: int = 1, **given: Any) -> LedgerRecord:
    counts = {"accepted": last - first + 1, "duplicate": 0, "dead": 0, "dropped": 0, "absent": 0, "ids_xor": 0}
    return LedgerRecord(**{"raw_partition": partition, "first": first, "last": last, "written_by": "w", **counts, **given})


def take(spool: Spool, *told: Told) -> None:
    log: Any = Ledger(list(told))
    spool.take_ledger(log, "ledger")


def test_ranges_come_back_by_partition_in_order_of_their_offsets(spool: Spool) -> None:
    progress = StoreProgress(resolved_partition=1, position=3, controlled=1, written_by="w")
    asked = RepairRequest(raw_partition=1, first=0, last=9)
    take(spool, covers(300, 400), covers(0, 9, partition=2), progress, covers(10, 299), asked, covers(0, 9), covers(0, 20))
    assert [(r.first, r.last) for r in spool.ledger(1)] == [(0, 9), (0, 20), (10, 299), (300, 400)]
    assert [(r.first, r.last) for r in spool.ledger(2)] == [(0, 9)]
    assert spool.told_until == {1: 401, 2: 10}


def test_the_first_offset_that_was_repaired_is_known(spool: Spool) -> None:
    take(spool, covers(0, 9), covers(50, 60, is_repair=True), covers(20, 30, is_repair=True))
    assert spool.first_repair == {1: 20}


@pytest.mark.parametrize(
    ("after", "is_stopped"),
    [
        ([], True),
        ([covers(0, 9)], True),
        ([covers(10, 20, is_repair=True)], True),
        ([covers(10, 20)], False),
        ([RejectsAccepted(raw_partition=1, until=20)], False),
        ([RejectsAccepted(raw_partition=2, until=20)], True),
    ],
)
def test_a_stop_lasts_until_the_partition_goes_on_or_somebody_accepts(spool: Spool, after: list[Told], is_stopped: bool) -> None:
    take(spool, STOP, *after)
    assert (1 in spool.stopped) == is_stopped
