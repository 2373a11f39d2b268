"""What was sent so far, read from Kafka by a plain consumer: from the logs of the live generation, or from raw through admission.

The logs are quicker, and enough where both sets of rules let in the same events in the same form. Ends are taken once, so both sets
of rules see the same records whatever arrives meanwhile.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final, Protocol

from deploy.accounting.log import Log
from deploy.rules.sample import World
from deploy.rules.who_moves import Knowledge
from schemas.connections import KafkaConnection
from schemas.facts import decode_resolved
from schemas.links import LinkEntry, decode_links
from schemas.rules import Rules
from schemas.topics import topic_names
from streams import pipeline
from streams.admitting import raw_record
from streams.core.admission import Admission, Gate
from streams.core.identity.policy import policy_from
from streams.core.observations import is_known
from streams.core.overlay import MemoryBytes

Advance = Callable[[str, int, int], None]
"""Told the step, how many more records are read, and how many there are in all."""
PIECE: Final = 2_000


class Source(Protocol):
    """Reads twice: who is who first, then the facts, for what is kept of these depends on it."""

    def know(self, rules: Sequence[Rules]) -> list[Knowledge]:
        """Who is who under each."""
        ...

    def fill(self, rules: Sequence[Rules], worlds: Sequence[World]) -> None:
        """Facts and removals as each set of rules has them."""
        ...


class Records:
    """All partitions of a topic up to the ends of the moment at which it was first asked for."""

    def __init__(self, log: Log, advance: Advance) -> None:
        self._log, self._advance = log, advance
        self._bounds: dict[str, dict[int, tuple[int, int]]] = {}

    def fix(self, *topics: str) -> None:
        """Takes the ends of now."""
        for topic in topics:
            self._bounds[topic] = {p: self._log.bounds(topic, p) for p in self._log.partitions(topic)}

    def read(self, step: str, topic: str) -> Iterator[list[Any]]:
        """Batches, one partition after the other."""
        total = sum(end - first for first, end in self._bounds[topic].values())
        for partition, (first, end) in self._bounds[topic].items():
            for batch in self._log.read(topic, partition, first, end):
                self._advance(step, len(batch), total)
                yield batch


class Logs:
    """`identity.links` and `touchpoints.resolved` of a generation."""

    def __init__(self, records: Records, generation: int) -> None:
        self._records, self._topics = records, topic_names(generation)
        records.fix(self._topics.resolved, self._topics.links)  # links last: whatever a fact says is known by then

    def know(self, rules: Sequence[Rules]) -> list[Knowledge]:
        found = [Knowledge(policy_from(each.identity)) for each in rules]
        for batch in self._records.read("who is who", self._topics.links):
            for record in batch:
                entries = decode_links(record.value).entries
                for known in found:
                    known.take(entries)
        return found

    def fill(self, rules: Sequence[Rules], worlds: Sequence[World]) -> None:
        for batch in self._records.read("histories", self._topics.resolved):
            for record in batch:
                frame = decode_resolved(record.value)
                for world in worlds:
                    world.take_all([*frame.facts, *frame.removals])


class Raw:
    """`touchpoints.raw`, admitted anew under each set of rules. `key`: the secret of the installation's tokens."""

    def __init__(self, records: Records, key: bytes) -> None:
        self._records, self._key = records, key
        records.fix(topic_names().raw)

    def know(self, rules: Sequence[Rules]) -> list[Knowledge]:
        found = [Knowledge(policy_from(each.identity)) for each in rules]
        for at, admission in self._admitted("who is who", rules, found):
            found[at].shown.update(token for record in admission.records for token in record.tokens)
            if admission.entries:
                found[at].take(admission.entries)
        return found

    def fill(self, rules: Sequence[Rules], worlds: Sequence[World]) -> None:
        for at, admission in self._admitted("histories", rules, [None for _ in rules]):
            worlds[at].take_all(admission.records)

    def _admitted(self, step: str, rules: Sequence[Rules], known: Sequence[Knowledge | None]) -> Iterator[tuple[int, Admission]]:
        """(place among the rules, what was admitted)."""
        gates = [Gate(each, self._key) for each in rules]
        stores: dict[tuple[int, int], MemoryBytes] = {}
        for batch in self._records.read(step, topic_names().raw):
            records = [raw_record(record, self._key) for record in batch]
            for at, gate in enumerate(gates):
                for first in range(0, len(records), PIECE):
                    piece = records[first : first + PIECE]
                    store = stores.setdefault((at, piece[0].at.partition), MemoryBytes())
                    admission = pipeline.admit(gate, store, _knows(known[at], gate), piece)
                    store.write(admission.overlay.changes)
                    yield at, admission


def _knows(known: Knowledge | None, gate: Gate) -> Callable[[LinkEntry], bool]:
    """Whether an entry would tell nothing new; without a fold nothing is asked for."""
    return lambda entry: known is None or is_known(entry, known.graph, gate.policy)


@contextmanager
def source_of(kafka: KafkaConnection, generation: int, key: bytes, from_raw: bool, advance: Advance) -> Iterator[Source]:
    """ServiceUnavailable where Kafka or a topic is not there."""
    with closing(Log(kafka)) as log:
        records = Records(log, advance)
        yield Raw(records, key) if from_raw else Logs(records, generation)
