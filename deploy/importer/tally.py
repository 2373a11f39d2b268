"""What an import has done so far, in numbers."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from deploy.importer.errors import RowRefused
from deploy.importer.reading import Record

MOST_REASONS = 200
OTHER_REASONS = "other reasons"


@dataclass(slots=True)
class Tally:
    """records: rows or groups read; skipped: done by an earlier run; left_out: by a filter."""

    records: int = 0
    skipped: int = 0
    left_out: int = 0
    events: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    first_refused_row: dict[str, int] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        self.records += 1
        for event in record.ready.events:
            self.events[event.event.event_type] += 1
        for refused in record.ready.refusals:
            self.refuse(refused, record.row)
        if not record.ready.events and not record.ready.refusals:
            self.left_out += 1

    def refuse(self, refused: RowRefused, row: int) -> None:
        known = refused.reason in self.refusals or len(self.refusals) < MOST_REASONS
        reason = refused.reason if known else OTHER_REASONS
        self.refusals[reason] += 1
        self.first_refused_row.setdefault(reason, row)

    def plus(self, other: "Tally") -> "Tally":
        """The two together, for a summary over several files."""
        return Tally(
            self.records + other.records,
            self.skipped + other.skipped,
            self.left_out + other.left_out,
            self.events + other.events,
            self.refusals + other.refusals,
            {**other.first_refused_row, **self.first_refused_row},
        )

    def summary(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "records": self.records,
            "already_sent": self.skipped,
            "left_out": self.left_out,
            "events": self.events.total(),
            "events_by_type": dict(self.events.most_common()),
            "refused": self.refusals.total(),
            "refused_by_reason": [
                {"reason": reason, "count": count, "first_row": self.first_refused_row.get(reason, 0)}
                for reason, count in self.refusals.most_common()
            ],
        }
