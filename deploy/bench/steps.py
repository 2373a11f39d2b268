"""Microseconds of processor time per event by step, in one process: the pure steps and the stores, without Kafka and ClickHouse."""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import process_time

from schemas.facts import Fact, Removal, ResolvedFrame, decode_resolved, partition_of
from schemas.links import LinkEntry
from schemas.row_frames import CATALOGUE_VERSION, RowFrame, encode_rows
from streams import pipeline
from streams.collector import calm_collector
from streams.core.admission import Gate, RawRecord
from streams.core.fact_building import Coordinates
from streams.core.identity.fold import Fold
from streams.core.identity.graph import MemoryGraph
from streams.core.observations import is_known
from streams.core.rulebook import rulebook_from
from streams.core.stitching import Stitcher
from streams.frames import control_frames, resolved_frames
from streams.rules_file import load_rules
from streams.stores import PartitionStore, Progress, Purpose, shared_cache

PARTITIONS, CHUNK, FRAMES = 6, 2_000, 48
RECEIVED_AT = 1_900_000_000_000


class Line:
    """The way of events through one worker, all partitions in one process."""

    def __init__(self, folder: Path) -> None:
        calm_collector()  # as a worker has it
        rules = load_rules()
        self.gate, self.rulebook = Gate(rules, b"bench"), rulebook_from(rules)
        self.fold, self.epoch = Fold(self.gate.policy, MemoryGraph()), -1
        cache = shared_cache(64)
        self.raw, self.resolved = (
            [PartitionStore(folder / f"{name}{p}", Purpose(name, "bench", p, PARTITIONS, "bench"), cache) for p in range(PARTITIONS)]
            for name in ("raw", "resolved")
        )
        self.log: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
        self.position, self.judged = [0] * PARTITIONS, [-1] * PARTITIONS
        self.spent: Counter[str] = Counter()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = process_time()
        yield
        self.spent[name] += process_time() - began  # type: ignore[assignment]

    def take(self, chunks: Sequence[Sequence[RawRecord]]) -> None:
        """One chunk of each partition of raw, to rows in the end."""
        records: list[Fact | Removal] = []
        entries: dict[LinkEntry, None] = {}
        for p, chunk in enumerate(chunks):
            with self.step("admit"):
                store = self.raw[p]
                admission = pipeline.admit(self.gate, store, lambda e: is_known(e, self.fold.store, self.gate.policy), chunk)
            assert not admission.letters, "a bench of rejects measures nothing"
            with self.step("store"):
                store.write(admission.overlay.changes, Progress(store.progress.purpose, store.progress.position + len(chunk)))
            records += admission.records
            entries.update(admission.entries)
        with self.step("unify"):
            self.epoch += 1
            controls = self.fold.apply(self.epoch, list(entries))
        with self.step("resolve"):
            homes = pipeline.resolve(records, self.fold.who, self.epoch, PARTITIONS)
        with self.step("frames"):
            for home, at_home in homes.items():
                self.log[home] += resolved_frames(self.epoch, at_home)
            told = defaultdict(list)
            for control in controls:
                told[partition_of(control.customer, PARTITIONS)].append(control)
            for home, mine in told.items():
                self.log[home] += control_frames(self.epoch, mine)
        self.stitch()

    def stitch(self) -> None:
        while any(self.position[p] < len(self.log[p]) for p in range(PARTITIONS)):
            for p in range(PARTITIONS):
                self._stitch(p)

    def _stitch(self, p: int) -> None:
        raw = self.log[p][self.position[p] : self.position[p] + FRAMES]
        if not raw:
            return
        with self.step("frames"):
            frames: list[tuple[int, ResolvedFrame]] = [(self.position[p] + n, decode_resolved(value)) for n, value in enumerate(raw)]
        with self.step("stitch"):
            stitcher: Stitcher = pipeline.stitch(p, PARTITIONS, self.fold.who, self.rulebook, self.resolved[p], self.judged[p], frames)
        with self.step("frames"):
            encode_rows(RowFrame(CATALOGUE_VERSION, 1, "bench", p, 0, 0, stitcher.effects.tables()))
            for home, sent_on in stitcher.effects.forwards.items():
                self.log[home] += resolved_frames(stitcher.epoch, sent_on)
        with self.step("store"):
            self.resolved[p].write(stitcher.overlay.changes, self.resolved[p].progress)
        self.position[p], self.judged[p] = self.position[p] + len(raw), stitcher.epoch


def by_step(made: Sequence[tuple[bytes, bytes]]) -> dict[str, float]:
    """Microseconds per event by step."""
    raw: list[list[RawRecord]] = [[] for _ in range(PARTITIONS)]
    for key, value in made:
        p = hash(key) % PARTITIONS
        raw[p].append(RawRecord(key, value, Coordinates(p, len(raw[p]), RECEIVED_AT)))
    with tempfile.TemporaryDirectory() as folder:
        line = Line(Path(folder))
        for at in range(0, max(map(len, raw)), CHUNK):
            line.take([records[at : at + CHUNK] for records in raw])
        return {name: seconds / len(made) * 1e6 for name, seconds in line.spent.items()}
