"""`tracker rebuild`: topics and tables of the new generation, its own worker(s) and sink, all of raw, the comparison, the switch.

Each step may be repeated, and what a step made tells the next call where to go on: the stores and the ledger of the new generation, its
committed offsets. So a rebuild that was interrupted anywhere is gone on with by calling it again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.dead.accepting import accept
from deploy.local.lock import alone
from deploy.rebuild.comparison import LOOKS, Comparison, compare
from deploy.rebuild.cut import Cut, cutting
from deploy.rebuild.errors import RebuildRefused, RebuildStuck
from deploy.rebuild.plan import Plan, has_tables
from deploy.rebuild.programs import Keeper, folder_of, programs_of, stop_all
from deploy.rebuild.progress import Progress, progress_for
from deploy.topics import create_topics
from schemas.connections import ClickHouseConnection
from sinks.clickhouse import tables_database
from sinks.migrate import migrate
from sinks.publish import publish
from streams.clock import SYSTEM_CLOCK, Clock
from streams.rules_file import load_rules

Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Report:
    """`was` and `published`: the generation that the views showed before and show now. Offsets of raw; seconds of this call alone."""

    generation: int
    was: int
    published: int
    raw_records: int
    restarts: int
    seconds: float
    comparison: Comparison | None
    lost_below: dict[int, int] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        return self.published == self.generation or (self.comparison is not None and self.comparison.is_equal)


class Rebuild:
    """One call. Everything that waits looks after the programs meanwhile."""

    def __init__(self, plan: Plan, clock: Clock, notify: Notify, progress: Progress) -> None:
        self._plan, self._clock, self._notify, self._progress = plan, clock, notify, progress
        self._keeper = Keeper(programs_of(plan.state_dir, plan.generation, plan.workers, plan.rules_path), clock, notify)

    def run(self) -> Report:
        """KeyboardInterrupt stops the programs cleanly and goes on to the caller; so does every error."""
        began = self._clock.monotonic()
        plan = self._plan
        self._prepare()
        try:
            self._keeper.start()
            with cutting(plan.kafka, plan.generation, self._clock) as cut:
                lost, total = cut.lost(), cut.total(raw := cut.raw_ends())
                self._say_lost(lost)
                self._pass(cut, raw, "building")
                comparison = self._compare(cut) if plan.live != plan.generation else None
        except BaseException:  # Ctrl-C too: whatever ends the call ends its programs
            self._progress.close()
            stop_all(plan.state_dir, plan.generation)
            raise
        self._progress.close()
        published = self._switch(comparison)
        seconds = round(self._clock.monotonic() - began, 1)
        if not plan.keep_running or published != plan.generation:
            stop_all(plan.state_dir, plan.generation)
        return Report(plan.generation, plan.live, published, total, self._keeper.restarts, seconds, comparison, lost)

    def _prepare(self) -> None:
        plan = self._plan
        create_topics(plan.kafka, partitions=plan.partitions, generation=plan.generation, replication=plan.replication)
        migrate(plan.clickhouse, plan.generation, publishing=False)
        self._let_through()

    def _let_through(self) -> None:
        """What lies in raw by now was judged once; a rebuild does not stop because much of it is rejected."""
        plan = self._plan
        with cutting(plan.kafka, plan.generation, self._clock) as cut:
            partitions = cut.raw_ends()
        for partition, end in partitions.items():
            accept(plan.kafka, plan.generation, partition, end)

    def _say_lost(self, lost: dict[int, int]) -> None:
        for partition, first in lost.items():
            self._notify(f"partition {partition} of raw begins at {first}: what was below comes from an archive only (tracker restore)")

    def _pass(self, cut: Cut, raw: dict[int, int], step: str, until: float | None = None) -> None:
        total = cut.total(raw)

        def watch(done: int) -> None:
            self._keeper.look()
            self._progress.update(step, done, total)
            if until is not None and self._clock.monotonic() > until:
                remedy = "start its workers and sink, or switch without the comparison's proof: --accept-differences"
                raise RebuildStuck(f"generation {self._plan.live} does not get to the end of raw, so it cannot be compared", remedy)

        cut.passed(raw, watch)

    def _compare(self, cut: Cut) -> Comparison:
        """With differences accepted the live generation is not waited for: it may be the broken one."""
        plan = self._plan
        with cutting(plan.kafka, plan.live, self._clock) as live_cut:

            def pass_cut() -> None:
                raw = cut.raw_ends()
                if not plan.accept_differences:
                    self._pass(live_cut, raw, "comparing", self._clock.monotonic() + plan.cut_timeout_s)
                self._pass(cut, raw, "comparing")

            is_expected = plan.accept_differences or plan.rules_path is not None
            return compare(plan.clickhouse, plan.live, plan.generation, pass_cut, 1 if is_expected else LOOKS)

    def _switch(self, comparison: Comparison | None) -> int:
        plan = self._plan
        if comparison is None or not plan.switch or not (comparison.is_equal or plan.accept_differences):
            return plan.live
        publish(plan.clickhouse, plan.generation, load_rules(plan.rules_path) if plan.rules_path else None)
        return plan.generation


def run_alone(plan: Plan, notify: Notify) -> Report:
    """With the machine's clock and a bar on a terminal; StackError where another call works on the generation."""
    with alone(folder_of(plan.state_dir, plan.generation)):
        return Rebuild(plan, SYSTEM_CLOCK, notify, progress_for(SYSTEM_CLOCK)).run()


def switch(connection: ClickHouseConnection, generation: int, rules_path: Path | None = None) -> None:
    """Points the views at a generation that was built, without a look at what it holds; under its own rules where it has some."""
    if not has_tables(connection, tables_database(connection, generation)):
        raise RebuildRefused(f"there is no generation {generation} in ClickHouse", "build it: tracker rebuild")
    publish(connection, generation, load_rules(rules_path) if rules_path else None)
