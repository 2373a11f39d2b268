"""`tracker reconcile`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from deploy.cli.bar import Bar
from deploy.cli.output import notice, print_json, print_table

if TYPE_CHECKING:
    from deploy.accounting.accounts import Accounts
    from deploy.accounting.faults import Report

NotNegative = Number(gte=0)
COLUMNS = ("partition", "from", "to", "stored", "duplicate", "retracted", "dead", "dropped", "absent", "rows", "wrong")


def reconcile(
    *,
    generation: Annotated[int | None, Parameter(validator=Number(gte=1), show_default=False)] = None,
    partition: Annotated[list[int] | None, Parameter(show_default=False)] = None,
    since_offset: Annotated[int, Parameter(validator=NotNegative)] = 0,
    timeout: Annotated[float, Parameter(validator=Number(gt=0))] = 60.0,
    repair: Annotated[bool, Parameter(show_default=False)] = False,
    as_json: Annotated[bool, Parameter(name="--json", show_default=False)] = False,
) -> int:
    """Prove from touchpoints.raw itself that every offset ended as stored, duplicate, dead letter, dropped or absent; exit 1 where not.

    For example:

        tracker reconcile
        tracker reconcile --partition 3 --since-offset 1200000
        tracker reconcile --repair

    Parameters
    ----------
    generation
        Whose ledger and tables. Default: TRACKER_GENERATION, else 1.
    partition
        Only this partition of touchpoints.raw; may be given more than once.
    since_offset
        Only from this offset on, which takes less time.
    timeout
        Longest wait for what was just sent to land, seconds.
    repair
        Mend what is wrong, then look again. Rows come from journeys once more; what is not there the worker reads again from raw.
    as_json
        One JSON document on stdout.
    """
    from deploy.accounting.mending import mend

    accounts, bar = _accounts(generation, as_json)
    with bar:
        report = accounts.make(partition, since_offset, timeout)
        if repair and not report.is_clean:
            mended = mend(accounts, report.findings, timeout, notice)
            report = accounts.make(partition, since_offset, timeout)
            report.mended = [each for each in mended if each not in report.findings]
    if as_json:
        print_json({"clean": report.is_clean, "settled": report.settled, **_document(report)})
    else:
        _show(report)
    return 0 if report.is_clean else 1


def _accounts(generation: int | None, quiet: bool) -> tuple[Accounts, Bar]:
    from deploy.accounting.accounts import Accounts
    from sinks.settings import SinkSettings
    from streams.core.admission import Gate
    from streams.rules_file import load_rules
    from streams.settings import WorkerSettings

    worker, sink = WorkerSettings(), SinkSettings()
    gate = Gate(load_rules(worker.rules_path), worker.identity_key.get_secret_value().encode())
    bar = Bar("reading touchpoints.raw", quiet)
    return Accounts(worker.kafka, sink.clickhouse, generation or worker.generation, gate, bar.tell), bar


def _show(report: Report) -> None:
    wrong = {f.partition: sum(each.count for each in report.findings if each.partition == f.partition) for f in report.figures}
    rows = [
        (f.partition, f.first, f.end, f.stored, f.duplicate, f.retracted, f.dead, f.dropped, f.absent, f.rows, wrong[f.partition])
        for f in report.figures
    ]
    print_table(COLUMNS, [*rows, ("all", None, None, *(sum(row[n] for row in rows) for n in range(3, 11)))])
    if report.waiting:
        notice("not landed yet: " + ", ".join(f"{n:,} {what}" for what, n in report.waiting.items()) + "; rows may be on their way")
    for each in report.mended:
        print(f"mended: partition {each.partition}, offsets {each.first} to {each.last}: {each.fault}, {each.count}")
    for each in report.findings:
        examples = f" ({', '.join(each.examples)}{', ...' if each.count > len(each.examples) else ''})" if each.examples else ""
        print(f"wrong: partition {each.partition}, offsets {each.first} to {each.last}: {each.fault}, {each.count}{examples}")
    for fault in dict.fromkeys(each.fault for each in report.findings):
        print(f"  {fault}: {fault.meaning}")
    if report.is_clean:
        print(f"every offset is accounted for, {report.seconds:.1f} s")


def _document(report: Report) -> dict[str, object]:
    from dataclasses import asdict

    return {**asdict(report), "findings": [{**asdict(each), "remedy": each.remedy} for each in report.findings]}
