"""`tracker rebuild`: a new generation from the log beside the live one; switch, stop, drop; one customer told anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from deploy.cli.output import notice, print_json, print_table

if TYPE_CHECKING:
    from deploy.rebuild.run import Report

USAGE = 2
ABOUT = """Build a new generation from touchpoints.raw beside the live one, compare both, and switch the views if they are equal.

Live traffic goes on meanwhile. Interrupted at any moment, the same command goes on where it was.

With --customer one customer of the live generation is judged and sent anew instead.

For example:

    tracker rebuild
    tracker rebuild --to-generation 3 --workers 2 --partitions 12
    tracker rebuild --accept-differences      after a change of rules.yaml
    tracker rebuild --customer email:jo@example.org
    tracker rebuild drop --generation 1"""

AtLeastOne = Number(gte=1)
Json = Annotated[bool, Parameter(name="--json", show_default=False, help="One JSON document on stdout.")]
Generation = Annotated[int, Parameter(validator=AtLeastOne, help="Which one.")]

app = App(name="rebuild", help=ABOUT, help_format="plaintext")


@app.default
def rebuild(
    *,
    to_generation: Annotated[int | None, Parameter(validator=AtLeastOne, show_default=False)] = None,
    workers: Annotated[int, Parameter(validator=AtLeastOne)] = 1,
    partitions: Annotated[int | None, Parameter(validator=AtLeastOne, show_default=False)] = None,
    replication: Annotated[int | None, Parameter(validator=AtLeastOne, show_default=False)] = None,
    no_switch: Annotated[bool, Parameter(show_default=False)] = False,
    accept_differences: Annotated[bool, Parameter(show_default=False)] = False,
    no_keep_running: Annotated[bool, Parameter(show_default=False)] = False,
    customer: Annotated[str | None, Parameter(show_default=False)] = None,
    as_json: Json = False,
) -> int:
    """Build a new generation, or tell one customer anew.

    Parameters
    ----------
    to_generation
        Its number. Default: the one behind the live one.
    workers
        Workers of the rebuild's own.
    partitions
        Of the new generation's topics. Default: as raw. touchpoints.raw itself keeps its count.
    replication
        Copies of each partition of the new topics. Default: as raw.
    no_switch
        Compare, and leave the views where they are.
    accept_differences
        Switch whatever the comparison says; the live generation need not run.
    no_keep_running
        Stop the rebuild's own workers and sink at the end. Otherwise they keep the new generation going until `tracker rebuild stop`.
    customer
        A customer's id, or an identity as KIND:VALUE: no new generation, all rows of this one are judged and sent anew.
    """
    if customer is not None:
        return _customer(customer, as_json)
    from deploy.rebuild.plan import plan_from
    from deploy.rebuild.run import run_alone

    size = {"workers": workers, "partitions": partitions, "replication": replication}
    ends: dict[str, bool] = {"accept_differences": accept_differences, "switch": not no_switch, "keep_running": not no_keep_running}
    plan = plan_from(to_generation, **size, **ends)  # type: ignore[arg-type]  # neither has rules_path
    notice(f"building generation {plan.generation} beside generation {plan.live}, which stays live")
    report = run_alone(plan, notice)
    if as_json:
        print_json(report)
    else:
        _show(report)
    _say_what_next(report, plan.keep_running)
    return 0 if report.is_done else 1


def _show(report: Report) -> None:
    if report.comparison is not None:
        columns = ("table", "rows live", "rows new", "hash live", "hash new", "verdict")
        rows = [(t.table, t.live_rows, t.new_rows, t.live_hash, t.new_hash, t.state) for t in report.comparison.tables]
        print_table(columns, rows)
    print(f"{report.raw_records:,} records of raw in {report.seconds:g} s; the views show generation {report.published}")


def _say_what_next(report: Report, keeps_running: bool) -> None:
    """What ops has to do, in the order in which to do it."""
    new, old = report.generation, report.was
    if report.comparison is not None and not report.comparison.is_equal:
        moving = sum(table.moving for table in report.comparison.tables)
        notice(f"the generations differ; {moving} of the rows had another content at each look: traffic may be too fast to compare them")
    if report.published != new:
        more = "" if report.is_done else " --accept-differences"
        notice(f"its workers and sink are stopped; switch: tracker rebuild --to-generation {new}{more}")
        notice(f"or delete it: tracker rebuild drop --generation {new} --yes")
        return
    notice("what to do now:")
    notice(f"  1. set TRACKER_GENERATION={new} for every worker and sink (and for tracker drain, tail, fingerprint) and start them again")
    if keeps_running:
        notice(f"  2. tracker rebuild stop --generation {new}     until then the rebuild's own keep it going, in the background")
        notice("     a worker with TRACKER_WORKER_ID=rebuild-1 goes on with its stores; any other first builds its own from the log")
    else:
        notice("  2. until they run nothing new gets into the views: the rebuild's own are stopped")
    notice(f"  3. when all is well: tracker rebuild drop --generation {old}; back before that: tracker rebuild switch --generation {old}")


def _customer(named: str, as_json: bool) -> int:
    from deploy.rebuild.customer import rebuild_customer
    from sinks.settings import SinkSettings
    from streams.clock import SYSTEM_CLOCK
    from streams.settings import WorkerSettings

    report = rebuild_customer(named, WorkerSettings(), SinkSettings(), SYSTEM_CLOCK)
    if as_json:
        print_json(report)
    else:
        print_table(("table", "rows told again", "rows not told again"), [(t.table, t.told, t.left) for t in report.tables])
        print(f"customer {report.customer_id}, partition {report.partition}, offset {report.offset}, {report.seconds:g} s")
    if report.left:
        notice("rows that were not told again belong to nothing that the state knows: a defect, or written by hand; rebuild the generation")
    return 1 if report.left else 0


@app.command
def switch(*, generation: Generation, as_json: Json = False) -> None:
    """Point the views at a generation that was built, without comparing anything: forward, or back to the old one while it still runs.

    For example:

        tracker rebuild switch --generation 1
    """
    from deploy.rebuild.plan import kept_rules
    from deploy.rebuild.run import switch as point_at
    from sinks.publish import published_generation
    from sinks.settings import SinkSettings
    from streams.settings import WorkerSettings

    connection = SinkSettings().clickhouse
    was = published_generation(connection)
    point_at(connection, generation, kept_rules(WorkerSettings().worker_state_dir, generation))
    if as_json:
        return print_json({"was": was, "published": generation})
    print(f"the views show generation {generation}; before: {was or 'none'}")
    notice("it is as fresh as its workers and sinks are: see that they run with TRACKER_GENERATION set to it")
    return None


@app.command
def stop(*, generation: Generation, as_json: Json = False) -> None:
    """Stop the background worker(s) and sink that a rebuild left running; what they hold stays.

    For example:

        tracker rebuild stop --generation 2
    """
    from deploy.rebuild.programs import stop_all
    from streams.settings import WorkerSettings

    stopped = stop_all(WorkerSettings().worker_state_dir, generation)
    if as_json:
        return print_json({"stopped": stopped})
    print(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")
    return None


@app.command
def drop(
    *,
    generation: Generation,
    yes: Annotated[bool, Parameter(show_default=False, help="Do it; without it only the plan is shown.")] = False,
    as_json: Json = False,
) -> int:
    """Delete a generation that nobody reads or writes: derived topics, groups, tables, and its stores on this machine. Never raw.

    For example:

        tracker rebuild drop --generation 1
        tracker rebuild drop --generation 1 --yes
    """
    from deploy.rebuild.dropping import doomed
    from deploy.rebuild.dropping import drop as delete
    from sinks.settings import SinkSettings
    from streams.settings import WorkerSettings

    worker, sink = WorkerSettings(), SinkSettings()
    plan = doomed(worker.kafka, sink.clickhouse, worker.worker_state_dir, worker.worker_copies_dir, generation)
    for name in plan.names:
        notice(f"{'deletes' if yes else 'would delete'} {name}")
    if plan.names and not yes:
        notice(f"nothing was deleted; say so with: tracker rebuild drop --generation {generation} --yes")
        return USAGE
    delete(worker.kafka, sink.clickhouse, worker.worker_state_dir, plan)
    if as_json:
        print_json({"deleted": plan.names})
    else:
        print("deleted" if plan.names else "there was nothing to delete")
    return 0
