"""What does not fit into memory while accounts are made: a RocksDB store for each partition, in a folder that is thrown away."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from deploy.accounting.log import Log
from schemas.ledger import LedgerRecord, PartitionStopped, RejectsAccepted, decode_ledger
from streams.core.overlay import Overlay
from streams.stores import PartitionStore, Purpose, shared_cache

CACHE_MIB = 64
AT_ONCE = 20_000
BEYOND_ALL = 2**63


class Spool:
    """Stores by partition of raw; the ledger lies in one of its own. By partition: the first offset that a repair touched, the first
    of which no ledger tells yet, and what stopped it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._cache = folder, shared_cache(CACHE_MIB)
        self._open: dict[str, PartitionStore] = {}
        self.first_repair: dict[int, int] = {}
        self.told_until: dict[int, int] = {}
        self.stopped: dict[int, PartitionStopped] = {}

    def store(self, name: str) -> PartitionStore:
        """Empty the first time."""
        if name not in self._open:
            self._open[name] = PartitionStore(self._folder / name, Purpose(name, "", 0, 0, ""), self._cache)
        return self._open[name]

    def close(self) -> None:
        for store in self._open.values():
            store.close()

    def take_ledger(self, log: Log, topic: str) -> None:
        """Every range that the ledger tells of, to be read back in order; once for all partitions."""
        store = self.store("ledger")
        for partition in log.partitions(topic):
            for batch in log.read(topic, partition, *log.bounds(topic, partition)):
                overlay = Overlay(store)
                for record in batch:
                    self._take(record.value, overlay)
                store.write(overlay.changes, store.progress)

    def _take(self, value: bytes, overlay: Overlay) -> None:
        told = decode_ledger(value)
        if isinstance(told, LedgerRecord):
            overlay.put(_key(told.raw_partition, told.first) + told.last.to_bytes(8, "big"), value)
            self.told_until[told.raw_partition] = max(told.last + 1, self.told_until.get(told.raw_partition, 0))
            if told.is_repair:
                self.first_repair[told.raw_partition] = min(told.first, self.first_repair.get(told.raw_partition, BEYOND_ALL))
            held = self.stopped.get(told.raw_partition)
            if held is not None and told.last >= held.position and not told.is_repair:
                del self.stopped[told.raw_partition]
        elif isinstance(told, PartitionStopped):
            self.stopped[told.raw_partition] = told
        elif isinstance(told, RejectsAccepted):
            self.stopped.pop(told.raw_partition, None)

    def ledger(self, partition: int) -> Iterator[LedgerRecord]:
        """Sorted by the first offset, then the last."""
        for _, value in self.store("ledger").scan(_key(partition, 0), _key(partition + 1, 0)):
            told = decode_ledger(value)
            assert isinstance(told, LedgerRecord)
            yield told


def _key(partition: int, first: int) -> bytes:
    return b"L" + partition.to_bytes(2, "big") + first.to_bytes(8, "big")


def merged(records: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Sorted ranges, those that overlap or touch joined."""
    held: tuple[int, int] | None = None
    for first, last in records:
        if held is not None and first <= held[1] + 1:
            held = held[0], max(held[1], last)
            continue
        if held is not None:
            yield held
        held = first, last
    if held is not None:
        yield held
