"""The accounts of all partitions: each is proved for itself, then what one partition sent to another."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from kafka.partitioner.default import murmur2

from deploy.accounting.expectation import keyed_anew, tries
from deploy.accounting.faults import Fault, Finding, Report, finding
from deploy.accounting.log import Log
from deploy.accounting.proof import Proof, Sources
from deploy.accounting.rows import Rows
from deploy.accounting.spool import Spool
from deploy.drain import drain
from schemas.connections import ClickHouseConnection, KafkaConnection
from schemas.topics import topic_names
from streams.clock import SYSTEM_CLOCK, Clock
from streams.core.admission import Gate
from streams.stores import PartitionStore

LETTERS_AT_ONCE = 1_000
LOOKS = 3
"""What is wrong is looked at again while raw grows: what came meanwhile may have changed rows of before."""


class Accounts:
    """`partitions`: only these; `since`: only from this offset on. `tell` hears (records read, records to read) now and then."""

    def __init__(
        self,
        kafka: KafkaConnection,
        clickhouse: ClickHouseConnection,
        generation: int,
        gate: Gate,
        tell: Callable[[int, int], None] = lambda read, of: None,
    ) -> None:
        self.kafka, self.clickhouse, self.generation, self._gate, self._tell = kafka, clickhouse, generation, gate, tell
        self.topics = topic_names(generation)

    def make(self, partitions: Iterable[int] | None, since: int, timeout_s: float, clock: Clock = SYSTEM_CLOCK) -> Report:
        """Waits up to `timeout_s` until what was sent has landed; then looks, and once more at what seems wrong."""
        began = clock.monotonic()
        wanted = None if partitions is None else sorted(partitions)
        for _ in range(LOOKS):
            waiting = drain(timeout_s, self.kafka, self.generation, clock).waiting
            report, moved = self._look(wanted, since)
            report.waiting = dict(waiting)
            if report.is_clean or waiting or not moved:
                break
        report.seconds = clock.monotonic() - began
        return report

    def _look(self, partitions: list[int] | None, since: int) -> tuple[Report, bool]:
        """The report, and whether raw has grown meanwhile."""
        log, rows = Log(self.kafka), Rows(self.clickhouse, self.generation)
        with TemporaryDirectory(prefix="tracker-reconcile-") as folder:
            spool = Spool(Path(folder))
            try:
                return self._proved(Sources(log, rows, spool, self._gate, self.topics.raw), partitions, since)
            finally:
                spool.close()
                rows.close()
                log.close()

    def _proved(self, sources: Sources, partitions: list[int] | None, since: int) -> tuple[Report, bool]:
        log, raw = sources.log, self.topics.raw
        sources.spool.take_ledger(log, self.topics.ledger)
        every = log.partitions(raw)
        bounds = {p: log.bounds(raw, p) for p in every if partitions is None or p in partitions}
        total = sum(max(0, end - max(first, since)) for first, end in bounds.values())
        report, proofs = Report(self.generation, [], []), list[Proof]()
        for partition, (first, end) in bounds.items():
            start = min(end, max(first, since))
            proof = Proof(sources, partition, start, start, end)
            found = proof.findings(lambda n: self._tell(n, total))
            if found and start > first:  # what lies below may explain it: a retraction, another content
                proof = Proof(sources, partition, first, start, end)
                found = proof.findings(lambda n: self._tell(n, total))
            report.figures.append(proof.figures)
            report.findings += found
            proofs.append(proof)
        report.findings += self._between(sources, proofs, len(every))
        return report, any(log.bounds(raw, p)[1] > end for p, (_, end) in bounds.items())

    def _between(self, sources: Sources, proofs: list[Proof], count: int) -> Iterator[Finding]:
        stores = {proof.partition: proof.store for proof in proofs}
        for proof in proofs:
            yield from _tried(sources.rows, proof.partition, proof.store)
            if len(proofs) == count and all(p.figures.first == 0 for p in proofs):
                lacking = {
                    offset: key.decode("ascii", "replace")
                    for key, offset in keyed_anew(proof.store)
                    if not _came(stores[(murmur2(key) & 0x7FFFFFFF) % count], key)
                }
                yield from finding(proof.partition, Fault.KEY, lacking)


def _came(store: PartitionStore, key: bytes) -> bool:
    """Whether a record came under this key: an event id as text, or that of the target of a retraction."""
    return store.get(b"D" + bytes.fromhex(key.decode().replace("-", ""))) is not None


def _tried(rows: Rows, partition: int, store: PartitionStore) -> Iterator[Finding]:
    """Letters that were sent again from here must say so."""
    told = tries(store)
    while portion := list(islice(told, LETTERS_AT_ONCE)):
        found = rows.tries_of([(p, o) for p, o, _ in portion])
        lacking = {o: f"{p}:{o}" for p, o, n in portion if found.get((p, o), 0) < n}
        yield from finding(partition, Fault.LETTER, lacking)
