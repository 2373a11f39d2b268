"""A customer told anew: the same rows as were told bit by bit, each once more, and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest

from schemas.facts import ResolvedFrame, decode_resolved
from schemas.ledger_tables import TABLES
from streams import pipeline
from streams.core.effects import CONTENT_WIDTH, Effects
from streams.core.identity.fold import Fold
from streams.core.identity.graph import MemoryGraph
from streams.core.overlay import MemoryBytes
from streams.frames import resolved_frames
from tests.builders import a_rulebook
from tests.integration.harness.mixed import world
from tests.streams.core.told import RECEIVED_AT, a_gate, a_record

Key = tuple[str, tuple[Any, ...]]
SLICE = 20
ASKED_FOR = frozenset({"identity_epochs", "identity_history", "identity_logins", "customer_redirects"})
"""Tables of who is who that keep what every epoch told, for ever: they are not told again."""


class Partition:
    """All of one world in one partition, slice by slice; `rows` is what ClickHouse would show."""

    def __init__(self) -> None:
        self.fold = Fold(a_gate().policy, MemoryGraph())
        self.raw, self.resolved, self.epoch, self.offset = MemoryBytes(), MemoryBytes(), 0, 0
        self.rows: dict[Key, tuple[Any, ...]] = {}

    def take(self, documents: list[dict[str, Any]]) -> None:
        admission = pipeline.admit(a_gate(), self.raw, lambda entry: False, [a_record(d, n) for n, d in enumerate(documents)])
        self.raw.write(admission.overlay.changes)
        self.epoch += 1
        controls = self.fold.apply(self.epoch, admission.entries, RECEIVED_AT)
        for records in pipeline.resolve(admission.records, self.fold.who, self.epoch, 1).values():
            for frame in resolved_frames(self.epoch, records):
                self.stitch(decode_resolved(frame))
        self.stitch(ResolvedFrame(self.epoch, [], [], controls))

    def stitch(self, frame: ResolvedFrame) -> Effects:
        stitcher = pipeline.stitch(0, 1, self.fold.who, a_rulebook(), self.resolved, self.epoch, [(self.offset, frame)])
        self.resolved.write(stitcher.overlay.changes)
        self.offset += 1
        for table, gone in stitcher.effects.withdrawals.items():
            for key in gone:
                self.rows.pop((table, key), None)
        self.rows.update(upserts(stitcher.effects))
        return stitcher.effects


def upserts(effects: Effects) -> Iterator[tuple[Key, tuple[Any, ...]]]:
    for table, by_key in effects.upserts.items():
        yield from (((table, key), row) for key, row in by_key.items())


def content(rows: dict[Key, tuple[Any, ...]]) -> dict[Key, tuple[Any, ...]]:
    return {(table, key): row[: CONTENT_WIDTH[table]] for (table, key), row in rows.items()}


@pytest.fixture(scope="module")
def partition() -> Partition:
    told = Partition()
    documents = world(0)
    for n in range(0, len(documents), SLICE):
        told.take(documents[n : n + SLICE])
    told.stitch(ResolvedFrame(-1, [], [], [], tick=RECEIVED_AT))
    return told


def test_every_row_of_every_customer_comes_again_and_no_other(partition: Partition) -> None:
    customers = {row[0] for (table, _), row in partition.rows.items() if table == "customers"}
    assert len(customers) > 10
    for customer in customers:
        own = {k: row for k, row in partition.rows.items() if _customer_of(*k) == customer and k[0] not in ASKED_FOR}
        before = dict(partition.rows)
        effects = partition.stitch(ResolvedFrame(-1, [], [], [], anew=[customer]))
        told = {k: row for k, row in upserts(effects) if k[0] not in ASKED_FOR}
        assert content(told) == content(own)
        assert {row[-1] for row in told.values()} == {partition.offset - 1}, "the version is the offset of the request"
        assert content(partition.rows) == content(before)


def test_what_comes_afterwards_is_judged_as_if_nobody_had_asked() -> None:
    documents = world(1)
    plain, asked = Partition(), Partition()
    for n in range(0, len(documents), SLICE):
        plain.take(documents[n : n + SLICE])
        asked.take(documents[n : n + SLICE])
        for customer in sorted({row[0] for (table, _), row in asked.rows.items() if table == "customers"}):
            asked.stitch(ResolvedFrame(-1, [], [], [], anew=[customer]))
    assert content(asked.rows) == content(plain.rows)


def test_nobody_of_that_name_changes_nothing(partition: Partition) -> None:
    effects = partition.stitch(ResolvedFrame(-1, [], [], [], anew=[b"\0" * 16]))
    assert (effects.upserts, effects.withdrawals) == ({}, {})


def _customer_of(table: str, key: tuple[Any, ...]) -> Any:
    keys = TABLES[table].keys
    return key[keys.index("customer_id")] if "customer_id" in keys else None
