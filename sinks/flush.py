"""insert, then commit: one batch on its way, which knows how far it came, so that a retry goes on instead of starting over."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum

from schemas.metrics import Step
from sinks.batch import Batch, Block
from sinks.doors import Log, Store
from sinks.freshness import Moments
from sinks.kill_points import KillPoints
from sinks.rejects import insert_block, insert_rejected, rejected_misfit
from sinks.rows import Body
from sinks.telemetry import Telemetry


class FlushStep(StrEnum):
    INSERT = "insert"
    COMMIT = "commit"
    DONE = "done"


class Flush:
    """`advance` may be called again after any Retryable error: what was stored is not sent again."""

    def __init__(self, batch: Batch, kill: KillPoints, telemetry: Telemetry | None = None, fresh: Sequence[Moments] = ()) -> None:
        self.rows, self.size_bytes, self.started_at = batch.rows, batch.size_bytes, batch.started_at
        self.rejected = 0
        self._blocks: list[Block] = list(batch.blocks())
        self._next_offsets: Mapping[int, int] = batch.next_offsets
        self._rejected: list[Body] = [rejected_misfit(misfit, place) for misfit, place in batch.misfits]
        self._kill, self._telemetry, self.fresh = kill, telemetry, fresh
        self.rows_by_table = {block.table: len(block.entries) for block in self._blocks}
        self.step = FlushStep.INSERT

    def advance(self, store: Store, log: Log) -> None:
        """Returns when all is stored and committed; raises ServiceUnavailable, OwnershipLost or another Fatal."""
        if self.step is FlushStep.INSERT:
            self._insert(store)
            self.step = FlushStep.COMMIT
            self._kill.passing("after_insert")
        if self.step is FlushStep.COMMIT:
            self._kill.passing("before_commit")
            with self._timed("commit"):
                log.commit(self._next_offsets)
            self.step = FlushStep.DONE

    def _insert(self, store: Store) -> None:
        self._kill.passing("before_insert")
        while self._blocks:
            with self._timed("insert"):
                self._rejected += insert_block(store, self._blocks[0])
            del self._blocks[0]
            if self._blocks:
                self._kill.passing("between_tables")
        if self._rejected:
            insert_rejected(store, self._rejected, self._token())
            self.rejected, self._rejected = len(self._rejected), []

    def _timed(self, step: Step) -> AbstractContextManager[None]:
        return self._telemetry.timed(step) if self._telemetry else nullcontext()

    def _token(self) -> str:
        return "rejected_rows/" + ";".join(f"{p}:{n}" for p, n in sorted(self._next_offsets.items()))

    @property
    def tables_left(self) -> Sequence[str]:
        return [block.table for block in self._blocks]
