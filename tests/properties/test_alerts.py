"""The alerts of a mixed set, through the pure steps in one partition, are those that the independent reading of the same set finds."""

from uuid import UUID

from schemas.facts import Fact, Removal, ResolvedFrame
from schemas.ledger_tables import TABLES
from streams import pipeline
from streams.core.admission import Gate
from streams.core.alerts.reasons import AlertRule
from streams.core.identity.fold import Fold
from streams.core.identity.graph import MemoryGraph
from streams.core.identity.policy import policy_from
from streams.core.overlay import MemoryBytes
from streams.rules_file import load_rules
from streams.settings import WorkerSettings
from tests.builders import a_rulebook
from tests.integration.harness.expected import reading
from tests.integration.harness.mixed import mixed
from tests.integration.harness.teller import Document
from tests.streams.core.told import a_record

LATER, MUCH_LATER = 1_790_000_000_000, 2_000_000_000_000
"""When the events are received, and a time at which every clock has run out; ms UTC."""
COLUMNS = [column.name for column in TABLES["alerts"].columns]
TICKS = 4
Found = dict[tuple[str, str], tuple[object, ...]]
COMPARED = ("rule", "clock", "subject_kind", "subject_id", "raised_at", "over_at")


def fired(documents: list[Document]) -> Found:
    secret = WorkerSettings.model_fields["identity_key"].default.get_secret_value().encode()
    gate, fold = Gate(load_rules(), secret), Fold(policy_from(load_rules().identity), MemoryGraph())
    admission = pipeline.admit(gate, MemoryBytes(), lambda entry: False, [a_record(d, n, LATER) for n, d in enumerate(documents)])
    fold.apply(1, admission.entries)
    (records,) = pipeline.resolve(admission.records, fold.who, 1, 1).values()
    facts, removals = [r for r in records if isinstance(r, Fact)], [r for r in records if isinstance(r, Removal)]
    frames = [ResolvedFrame(1, facts, removals, []), *(ResolvedFrame(1, [], [], [], [], MUCH_LATER) for _ in range(TICKS))]
    effects = pipeline.stitch(0, 1, fold.who, a_rulebook(), MemoryBytes(), 1, list(enumerate(frames))).effects
    rows = (dict(zip(COLUMNS, row, strict=True)) for row in effects.upserts["alerts"].values())
    return {(str(UUID(bytes=row["customer_id"])), str(UUID(bytes=row["alert_id"]))): tuple(row[c] for c in COMPARED) for row in rows}


def test_the_batch_reading_finds_the_same_alerts() -> None:
    documents = list(mixed(1_500))
    expected = {(row["customer_id"], row["alert_id"]): tuple(row[c] for c in COMPARED) for row in reading(documents)["alerts"].values()}
    assert {values[0] for values in expected.values()} == set(AlertRule), "the set raises every alert"
    assert fired(documents) == expected
