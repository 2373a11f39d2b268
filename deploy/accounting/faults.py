"""What can be wrong with the accounts of a partition of raw, and the figures where nothing is (pure)."""

from dataclasses import dataclass, field

from schemas.vocabulary import Word


class Fault(Word):
    """The meaning says what to do."""

    GAP = "gap", "the ledger leaves these offsets out: `--repair` has them read again by the worker that has the partition"
    WAITING = "waiting", "not admitted yet: see that a worker runs (`tracker worker`), then ask again"
    STOPPED = "stopped", "too many rejects stopped the partition: `tracker dead list`, mend the producer, `tracker dead accept`"
    COUNTS = "counts", "the ledger tells of other outcomes than raw gives: was it written with other rules? `tracker rebuild`"
    MISSING = "missing", "no row in touchpoints or ad_costs: `--repair` inserts it from journeys, else has it said again"
    DOUBLED = "doubled", "more than one live row in touchpoints for one event: `--repair`, else `tracker rebuild`"
    STRAY = "stray", "a row that no record of raw accounts for: `--repair`, else `tracker rebuild`"
    LETTER = "letter", "no row in dead_letters: `--repair` inserts it from journeys, else has it said again"
    STRAY_LETTER = "stray letter", "a row in dead_letters though the record is none: was it written with other rules? `tracker rebuild`"
    LEDGER_ROW = "ledger row", "ranges of the ledger that have no row in the table: `--repair` inserts them from journeys"
    KEY = "key", "a record with a foreign key did not come again under its own: `--repair` has it said again"


@dataclass(frozen=True, slots=True)
class Finding:
    """`count` of a fault between two offsets of a partition, both inclusive; `examples` are event ids or offsets."""

    partition: int
    first: int
    last: int
    fault: Fault
    count: int
    examples: tuple[str, ...] = ()

    @property
    def remedy(self) -> str:
        return self.fault.meaning


@dataclass(slots=True)
class Figures:
    """Of the offsets of one partition from `first` up to `end`; the six outcomes add up to them.

    `duplicate` has repeats and the losers of two contents, `retracted` what was taken back and the words that take back; `ranges` are
    those of the ledger that were compared, `rows` those that ClickHouse has for these offsets.
    """

    partition: int
    first: int
    end: int
    stored: int = 0
    duplicate: int = 0
    retracted: int = 0
    dead: int = 0
    dropped: int = 0
    absent: int = 0
    ranges: int = 0
    rows: int = 0

    @property
    def accounted(self) -> int:
        return self.stored + self.duplicate + self.retracted + self.dead + self.dropped + self.absent


@dataclass(slots=True)
class Report:
    """`settled`: all that was sent before had landed; otherwise `waiting` says what had not, and rows may still be on their way."""

    generation: int
    figures: list[Figures]
    findings: list[Finding]
    waiting: dict[str, int] = field(default_factory=dict)
    mended: list[Finding] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        return not self.findings

    @property
    def settled(self) -> bool:
        return not self.waiting


SHOWN = 3


def finding(partition: int, fault: Fault, at: dict[int, str]) -> list[Finding]:
    """One finding for all of a fault in a range: `at` has the examples by offset. None where there is nothing."""
    if not at:
        return []
    examples = tuple(at[offset] for offset in sorted(at)[:SHOWN])
    return [Finding(partition, min(at), max(at), fault, len(at), examples)]
