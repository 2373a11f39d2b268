"""Documents to rows through the real rules, stores and frames in one process: all that happens between `touchpoints.raw` and ClickHouse.

Real: admission, the fold, who is who, the stitcher, RocksDB stores, both kinds of frames, projecting. Left out: Kafka (logs are lists),
Faust and batching; ClickHouse is its twin in memory.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from schemas.facts import Control, decode_resolved, partition_of
from schemas.ledger_tables import TABLES
from schemas.row_frames import TableRows
from schemas.rules import Rules
from sinks.memory import MemoryStore
from sinks.rows import project, unseal
from streams import pipeline
from streams.core.admission import Admission, Gate, RawRecord
from streams.core.fact_building import Coordinates
from streams.core.identity.fold import Fold
from streams.core.identity.graph import MemoryGraph
from streams.core.observations import is_known
from streams.core.rulebook import rulebook_from
from streams.frames import control_frames, resolved_frames, row_frames
from streams.stores import PartitionStore, Progress, Purpose, shared_cache
from tests.builders import KEY

Document = Mapping[str, Any]
Row = dict[str, Any]
PARTITIONS, CHUNK, FRAMES = 3, 2_000, 8
RECEIVED_AT = 1_900_000_000_000
"""After all that the sets tell of, ms."""


class InProcess:
    """One worker that owns every partition. `counts`: what became of the records, by outcome."""

    def __init__(self, folder: Path, rules: Rules) -> None:
        self._gate, self._rulebook = Gate(rules, KEY), rulebook_from(rules)
        self._fold, self._epoch = Fold(self._gate.policy, MemoryGraph()), -1
        cache = shared_cache(16)
        self._raw, self._resolved = (
            [PartitionStore(folder / f"{name}-{p}", Purpose(name, "", p, PARTITIONS, ""), cache) for p in range(PARTITIONS)]
            for name in ("raw", "resolved")
        )
        self._log: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
        self._tables = MemoryStore()
        self.counts: Counter[str] = Counter()

    def close(self) -> None:
        for store in (*self._raw, *self._resolved):
            store.close()

    def rows(self, table: str) -> list[Row]:
        """Live rows as they travel: times in ms, money in ten-thousandths, ids as bytes."""
        names = [column.name for column in TABLES[table].columns]
        return [dict(zip(names, row, strict=True)) for row in self._tables.live(table)]

    def take(self, documents: Iterable[Document]) -> None:
        """Chunk by chunk, as an import brings them."""
        arriving = iter(documents)
        while chunk := list(islice(arriving, CHUNK)):
            self._take(chunk)

    def _take(self, chunk: list[Document]) -> None:
        by_partition: dict[int, list[RawRecord]] = defaultdict(list)
        for document in chunk:
            key = str(document["event_id"]).encode()
            p = int.from_bytes(key[-2:], "big") % PARTITIONS
            at = Coordinates(p, self._raw[p].progress.position + len(by_partition[p]), RECEIVED_AT)
            by_partition[p].append(RawRecord(key, orjson.dumps(document), at))
        admissions = [self._admit(p, records) for p, records in by_partition.items()]
        controls = self._unify(admissions)
        records = [record for admission in admissions for record in admission.records]
        for home, at_home in pipeline.resolve(records, self._fold.who, self._epoch, PARTITIONS).items():
            self._log[home] += resolved_frames(self._epoch, at_home)
        self._stitch()
        for home, told in controls.items():
            self._log[home] += control_frames(self._epoch, told)
        self._stitch()

    def _admit(self, p: int, records: list[RawRecord]) -> Admission:
        store = self._raw[p]
        admission = pipeline.admit(self._gate, store, lambda entry: is_known(entry, self._fold.store, self._gate.policy), records)
        for (outcome, _), n in admission.counts.reasons.items():
            self.counts[outcome] += n
        self._project(admission.effects.tables(), ("raw", p))
        store.write(admission.overlay.changes, Progress(store.progress.purpose, records[-1].at.offset + 1))
        return admission

    def _unify(self, admissions: list[Admission]) -> dict[int, list[Control]]:
        """By partition the customers that these links changed."""
        entries = dict.fromkeys(entry for admission in admissions for entry in admission.entries)
        controls: dict[int, list[Control]] = defaultdict(list)
        if entries:
            self._epoch += 1
            for control in self._fold.apply(self._epoch, entries):
                controls[partition_of(control.customer, PARTITIONS)].append(control)
        return controls

    def _stitch(self) -> None:
        """Until nothing is left to read, what was forwarded included."""
        while any([self._stitch_partition(p) for p in range(PARTITIONS)]):  # noqa: C419  every partition is to have its turn
            continue

    def _stitch_partition(self, p: int) -> bool:
        store, progress = self._resolved[p], self._resolved[p].progress
        values = self._log[p][progress.position : progress.position + FRAMES]
        if not values:
            return False
        frames = [(progress.position + n, decode_resolved(value)) for n, value in enumerate(values)]
        stitcher = pipeline.stitch(p, PARTITIONS, self._fold.who, self._rulebook, store, progress.epoch, frames)
        for home, records in stitcher.effects.forwards.items():
            self._log[home] += resolved_frames(stitcher.epoch, records)
        self._project(stitcher.effects.tables(), ("resolved", p))
        store.write(stitcher.overlay.changes, Progress(progress.purpose, progress.position + len(values), stitcher.epoch))
        return True

    def _project(self, tables: dict[str, TableRows], source: tuple[str, int]) -> None:
        for value in row_frames(tables, (*source, 0, 0), 1):
            projection = project(unseal(value))
            assert not projection.misfits
            for table, rows in projection.rows.items():
                self._tables.insert(TABLES[table], [body for _, body in rows], "")
