"""What is missing, doubled or wrong, counted by SQL and from raw itself; the words for it name event ids and offsets."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from deploy.chaos.line import Line
from deploy.chaos.truth import Truth
from schemas.topics import topic_names
from streams.core.coverage import Coverage

SHOWN = 8
Figure = int | float | str | bool


@dataclass
class Verdict:
    """`counts` go into the results; each problem is a sentence. No problem: passed."""

    counts: dict[str, Figure] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def expect(self, holds: bool, otherwise: str) -> None:
        """Notes the problem where it does not hold."""
        if not holds:
            self.problems.append(otherwise)

    def add(self, name: str, count: int) -> None:
        """Sums over the rounds of a scenario."""
        self.counts[name] = int(self.counts.get(name, 0)) + count


def judge(line: Line, truth: Truth, verdict: Verdict) -> None:
    """Adds `missing`, `doubled`, `wrong_journeys`, `unaccounted` and what they are; to be called when all has landed."""
    _touchpoints(line, truth, verdict)
    _journeys(line, truth, verdict)
    _raw(line, verdict)
    no_row_refused(line, verdict)
    tables = sorted(name for name, stood in truth.prints.items() if line.prints()[name] != stood)
    verdict.add("tables_that_differ", len(tables))
    verdict.expect(not tables, f"other content than undisturbed in {', '.join(tables)}")


def _touchpoints(line: Line, truth: Truth, verdict: Verdict) -> None:
    found = [str(event_id) for (event_id,) in line.ask("SELECT event_id FROM {tables}.touchpoints FINAL")]
    missing, extra, doubled = truth.touchpoints - set(found), set(found) - truth.touchpoints, len(found) - len(set(found))
    for name, count in (("missing", len(missing)), ("doubled", doubled)):
        verdict.add(name, count)
    verdict.counts["touchpoints"] = len(truth.touchpoints)
    verdict.expect(not missing, f"{len(missing)} event ids are missing in touchpoints: {some(missing)}")
    verdict.expect(not extra, f"{len(extra)} event ids stand in touchpoints that should not: {some(extra)}")
    twice = [event_id for event_id, times in Counter(found).items() if times > 1]
    verdict.expect(not doubled, f"{doubled} touchpoints are there more than once: {some(twice)}")


def _journeys(line: Line, truth: Truth, verdict: Verdict) -> None:
    found = line.row_hashes("journeys")
    wrong = [key for key in found.keys() | truth.journeys.keys() if found.get(key) != truth.journeys.get(key)]
    verdict.add("wrong_journeys", len(wrong))
    verdict.counts["journeys"] = len(truth.journeys)
    verdict.expect(not wrong, f"{len(wrong)} journeys are missing, too many or differ (customer, journey): {some(map(str, wrong))}")


def _raw(line: Line, verdict: Verdict) -> None:
    """Every offset that raw has must lie in a range of the ledger, as ClickHouse has it."""
    ends = line.ends(topic_names().raw)
    told = {partition: Coverage() for partition in ends}
    for partition, first, last in line.ask("SELECT raw_partition, first_offset, last_offset FROM {tables}.ledger FINAL ORDER BY ALL"):
        told[partition].add(first, last)
    holes = [(p, *hole) for p, coverage in told.items() for hole in coverage.holes(0)]
    holes += [(p, told[p].end(0), end - 1) for p, end in ends.items() if not _has_hole(told[p]) and told[p].end(0) < end]
    verdict.counts["records_in_raw"] = sum(ends.values())
    verdict.add("unaccounted", sum(last - first + 1 for _, first, last in holes))
    verdict.expect(not holes, "no range of the ledger covers these of raw (partition, first, last): " + some(map(str, holes)))


def no_row_refused(line: Line, verdict: Verdict) -> None:
    """Adds `rows_refused`: what ClickHouse did not take is a defect of ours, whatever came in."""
    refused = line.ask("SELECT table_name, any(reason), count() FROM {tables}.rejected_rows FINAL GROUP BY 1")
    verdict.add("rows_refused", sum(int(count) for _, _, count in refused))
    verdict.expect(not refused, f"ClickHouse refused rows (table, reason, count): {some(map(str, refused))}")


def _has_hole(coverage: Coverage) -> bool:
    return next(coverage.holes(0), None) is not None


def some(what: Iterable[str]) -> str:
    """The first of them in order, and how many more there are."""
    ordered = sorted(what)
    more = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    return ", ".join(ordered[:SHOWN]) + more
