"""The sink's loop: poll -> unseal -> project -> batch -> insert table by table -> commit the next offsets.

Nothing is committed that is not stored; storing twice changes nothing. While ClickHouse is away the partitions are paused and polled
on, so that memory stays bounded and the group is not rebalanced.
"""

import gc
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import msgspec
import structlog

from schemas.errors import Retryable, ServiceUnavailable
from schemas.metrics import Step
from sinks.batch import Batch, FlushPolicy, Place
from sinks.clock import now_ms
from sinks.doors import Log, Record, Store
from sinks.errors import FrameUnreadable, OwnershipLost
from sinks.flush import Flush
from sinks.freshness import TABLE, Freshness, Moments
from sinks.kill_points import KillPoints
from sinks.rows import SealedFrame, project, unseal
from sinks.telemetry import Telemetry

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Waits before the next try: `first_s`, then twice as long each time, at most `longest_s`. It never gives up."""

    first_s: float = 0.2
    longest_s: float = 15.0

    def wait_s(self, failures: int) -> float:
        return min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 16))


class Sink:
    """A state machine that is driven by `step`; `clock` gives seconds that only grow."""

    def __init__(
        self,
        log: Log,
        store: Store,
        generation: int,
        clock: Callable[[], float],
        policy: FlushPolicy | None = None,
        retry: RetryPolicy | None = None,
        kill: KillPoints | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._log, self._store, self._generation, self._clock = log, store, generation, clock
        self._policy, self._retry, self._kill = policy or FlushPolicy(), retry or RetryPolicy(), kill or KillPoints()
        self._telemetry, self._freshness, self._fresh = telemetry, Freshness(now_ms()), list[Moments]()
        self._batch = Batch()
        self._unread: deque[Record] = deque()
        self._flush: Flush | None = None
        self._failures = 0
        self._try_at = 0.0
        self.rows_stored = 0
        self.rows_rejected = 0
        log.subscribe(self._revoked)

    @property
    def is_waiting(self) -> bool:
        """True while a batch could not be stored and is tried again."""
        return self._failures > 0

    @property
    def buffered_bytes(self) -> int:
        """Bytes of frames in memory: on their way, gathered, and polled; bounded by two batches and what one poll may bring."""
        on_the_way = self._flush.size_bytes if self._flush else 0
        return on_the_way + self._batch.size_bytes + sum(len(record.value or b"") for record in self._unread)

    def _timed(self, step: Step) -> AbstractContextManager[None]:
        return self._telemetry.timed(step) if self._telemetry else nullcontext()

    def step(self, timeout_s: float) -> None:
        """One round, at most about `timeout_s` long where nothing comes; raises Fatal errors."""
        if not self._unread or self._flush is not None:
            self._unread.extend(self._poll(timeout_s))
        if self._telemetry:
            self._telemetry.buffered(self.buffered_bytes)
        idle, now = not self._unread, self._clock()
        if self._flush is None:
            self._fill(now)
            if not self._batch.is_due(self._policy, now, idle=idle):
                return
            self._begin_flush()
        if now >= self._try_at:
            self._advance()

    def _fill(self, now: float) -> None:
        """Takes what was polled until the batch is full; the rest waits for the next."""
        while self._unread and not self._batch.is_full(self._policy):
            self._take(self._unread.popleft(), now)

    def _poll(self, timeout_s: float) -> Sequence[Record]:
        if self._flush is not None:
            self._log.pause()  # again each time: partitions that came with a rebalance are not paused
            timeout_s = max(0.0, min(timeout_s, self._try_at - self._clock()))
        elif not self._batch.is_empty:
            timeout_s = min(timeout_s, self._policy.idle_age_s)
        try:
            return self._log.poll(timeout_s)
        except ServiceUnavailable as error:
            _log.warning("sink.log_unavailable", reason=error.message)
            return []

    def finish(self) -> bool:
        """One last try to store what was read; False where it stays for the next start."""
        self._begin_flush()
        return self._flush is None or self._advance()

    def _take(self, record: Record, now: float) -> None:
        place = Place(self._log.topic, record.partition, record.offset)
        with self._timed("project"):
            projection = project(self._frame(record, place))
        with self._timed("batch"):
            self._batch.add(place, projection, len(record.value or b""), now)
        if self._telemetry:
            self._fresh += self._freshness.look(place.partition, projection.rows.get(TABLE, ()))

    def _frame(self, record: Record, place: Place) -> SealedFrame:
        try:
            frame = unseal(record.value or b"")
        except msgspec.DecodeError as error:
            raise FrameUnreadable(place.topic, place.partition, place.offset, str(error)) from error
        if frame.generation != self._generation:
            raise FrameUnreadable(place.topic, place.partition, place.offset, f"generation {frame.generation}, not {self._generation}")
        return frame

    def _begin_flush(self) -> None:
        if self._flush is None and not self._batch.is_empty:
            self._flush = Flush(self._batch, self._kill, self._telemetry, self._fresh)
            self._batch, self._fresh = Batch(), []

    def _advance(self) -> bool:
        """True when the flush in hand is done with, one way or the other."""
        assert self._flush is not None
        try:
            self._flush.advance(self._store, self._log)
        except Retryable as error:
            self._wait(error)
            return False
        except OwnershipLost as error:
            _log.warning("sink.ownership_lost", reason=error.message)
            self._forget()
            return True
        self._settle(self._flush)
        return True

    def _wait(self, error: Retryable) -> None:
        self._failures += 1
        wait_s = self._retry.wait_s(self._failures)
        self._try_at = self._clock() + wait_s
        if self._telemetry:
            self._telemetry.waits(wait_s)
        left = self._flush.tables_left if self._flush else []
        gc.collect(1)  # the driver's errors hold the body that was sent in cycles, all young; tens of MiB for each try otherwise
        _log.warning("sink.waiting", reason=error.message, failures=self._failures, wait_s=wait_s, tables_left=len(left))

    def _settle(self, flush: Flush) -> None:
        self.rows_stored += flush.rows
        self.rows_rejected += flush.rejected
        if flush.rejected:
            _log.error("sink.rows_rejected", count=flush.rejected, table="rejected_rows")
        if self._telemetry:
            self._telemetry.stored(flush.rows_by_table, flush.rejected, flush.fresh, now_ms())
        _log.debug("sink.stored", rows=flush.rows, bytes=flush.size_bytes)
        self._forget()

    def _forget(self) -> None:
        """Leaves the flush in hand behind and reads on."""
        self._flush, self._try_at = None, 0.0
        if self._failures:
            self._failures = 0
            self._log.resume()
            _log.info("sink.goes_on")

    def _revoked(self) -> None:
        """Partitions came or went: what is not committed is forgotten and read again, by us or by their new owner. A commit that is
        on its way all the same is true whoever reads next, since it follows the insert."""
        if not self._batch.is_empty or self._flush is not None:
            _log.info("sink.read_again_after_rebalance", rows=self._batch.rows)
        self._batch, self._fresh = Batch(), []
        self._unread.clear()
        self._forget()
