"""What a hole is repaired from: what Kafka brings, what it does not have, and what it does not bring now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import TopicPartition

from streams.auditor import read_again

TP = TopicPartition("touchpoints.raw", 1)


@dataclass(frozen=True)
class Rec:
    offset: int


@dataclass
class Log:
    """A consumer that stands at `at`. `offsets` are there; where `silent_from` is reached the broker does not answer."""

    offsets: list[int]
    at: int
    silent_from: int = 2**62
    batch: int = 2
    asked: list[int] = field(default_factory=list)

    async def getmany(self, *partitions: Any, timeout_ms: int, max_records: int) -> Mapping[Any, list[Any]]:
        self.asked.append(self.at)
        found = [o for o in self.offsets if o >= self.at and o < self.silent_from][: self.batch]
        if not found:
            return {}
        self.at = found[-1] + 1
        return {TP: [Rec(o) for o in found]}

    async def position(self, partition: Any) -> int:
        return self.at


async def pieces(log: Log, first: int, last: int) -> list[tuple[list[int], int, int]]:
    return [([r.offset for r in records], begins, ends) async for records, begins, ends in read_again(log, TP, first, last)]


async def test_a_range_is_read_piece_by_piece_and_not_beyond_its_end() -> None:
    assert await pieces(Log(list(range(20)), 5), 5, 8) == [([5, 6], 5, 6), ([7, 8], 7, 8)]


async def test_offsets_that_kafka_does_not_have_are_covered_by_the_record_behind_them() -> None:
    assert await pieces(Log([5, 9, 12], 5, batch=1), 5, 10) == [([5], 5, 5), ([9], 6, 9), ([], 10, 10)]


async def test_what_lies_below_the_log_is_covered_by_its_first_record() -> None:
    assert await pieces(Log([30, 31], 30), 5, 30) == [([30], 5, 30)]


async def test_a_range_that_was_deleted_whole_has_no_records() -> None:
    assert await pieces(Log([30, 31], 30), 5, 8) == [([], 5, 8)]


@pytest.mark.parametrize(("silent_from", "brought"), [(5, []), (7, [([5, 6], 5, 6)])])
async def test_what_kafka_does_not_bring_now_is_not_taken_for_absent(silent_from: int, brought: list[Any]) -> None:
    log = Log(list(range(20)), 5, silent_from=silent_from)
    assert await pieces(log, 5, 8) == brought
    assert len(log.asked) == len(brought) + 1
