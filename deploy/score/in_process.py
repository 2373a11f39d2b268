"""Documents to customers by the real rules alone: admission, the fold, who is who. No Kafka, no store on disk, no ClickHouse.

Whose an event is is a pure function of the set of events and the rules, so this says what the whole line says: with the same
`TRACKER_IDENTITY_KEY` down to the customers' ids, and `tracker score --live` shows that it is so.
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final
from uuid import UUID

import orjson

from deploy.demo.world import Document
from schemas.facts import Fact
from schemas.record_key import RETRACTED
from schemas.rules import Rules
from schemas.vocabulary import Environment
from streams import pipeline
from streams.core.admission import Admission, Gate, RawRecord
from streams.core.fact_building import Coordinates
from streams.core.identity.fold import Fold
from streams.core.identity.graph import MemoryGraph
from streams.core.observations import is_known
from streams.core.overlay import MemoryBytes

CHUNK: Final = 2_000
RECEIVED_AT: Final = 4_000_000_000_000
"""After all that a simulated world tells of, ms."""


class InProcess:
    """One partition of raw and one replica of who is who, in memory. `key`: the secret of the tokens."""

    def __init__(self, rules: Rules, key: bytes) -> None:
        self._gate, self._seen, self._position = Gate(rules, key), MemoryBytes(), 0
        self._fold, self._epoch = Fold(self._gate.policy, MemoryGraph()), -1
        self._facts: dict[bytes, Fact] = {}

    def take(self, documents: Iterable[Document]) -> None:
        """Chunk by chunk, as a worker reads them."""
        arriving = iter(documents)
        while chunk := list(islice(arriving, CHUNK)):
            self._take([self._record(document) for document in chunk])

    def customers(self) -> Mapping[str, str]:
        """By event id the customer, as known now; crawlers and tests, who are in no journey, are left out."""
        who, epoch = self._fold.who, self._epoch
        return {
            str(UUID(bytes=fact.event_id)): str(UUID(bytes=who.owner(fact.tokens, fact.occurred_at, epoch)))
            for fact in self._facts.values()
            if fact.environment == Environment.PRODUCTION and not fact.is_bot and fact.channel
        }

    def _record(self, document: Document) -> RawRecord:
        at, self._position = Coordinates(0, self._position, RECEIVED_AT), self._position + 1
        subject = document["payload"]["target_event_id"] if document["event_type"] == RETRACTED else document["event_id"]
        return RawRecord(str(subject).encode(), orjson.dumps(document), at)

    def _take(self, records: list[RawRecord]) -> None:
        admission = pipeline.admit(self._gate, self._seen, lambda entry: is_known(entry, self._fold.store, self._gate.policy), records)
        self._seen.write(admission.overlay.changes)
        if admission.entries:
            self._epoch += 1
            self._fold.apply(self._epoch, admission.entries)
        self._remember(admission)

    def _remember(self, admission: Admission) -> None:
        """What admission sends on, in its order: a removal comes before the content that takes its place."""
        for record in admission.records:
            if isinstance(record, Fact):
                self._facts[record.event_id] = record
            else:
                self._facts.pop(record.event_id, None)
