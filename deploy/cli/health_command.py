"""`tracker health`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from deploy.cli.output import notice, print_json, print_table

if TYPE_CHECKING:
    from deploy.health.asking import Asked
    from deploy.health.figures import Figure

At = Annotated[tuple[str, ...], Parameter(name="--at", show_default=False, help="host:port of a health page; may be given several times.")]
Json = Annotated[bool, Parameter(name="--json", show_default=False, help="One JSON document on stdout.")]


def health(*, at: At = (), as_json: Json = False) -> int:
    """Ask every worker and sink whether it makes progress: findings with their remedy, lag, freshness, dead letters, memory.

    Asks at TRACKER_WORKER_HEALTH_PORT and TRACKER_SINK_HEALTH_PORT, else where the local stack has them. Exit code 1 where something is not
    well or nobody answers.

    For example:

        tracker health
        tracker health --json
        tracker health --at worker-1:9180 --at worker-2:9180 --at sink-1:9181
    """
    from deploy.health.asking import ask

    asked = [ask(address, program) for program, address in _addresses(at)]
    is_well = all(one.is_well for one in asked)
    if as_json:
        print_json({"is_well": is_well, "programs": [_document(one) for one in asked]})
    else:
        _show(asked)
    return 0 if is_well else 1


def _addresses(at: tuple[str, ...]) -> list[tuple[str, str]]:
    """Program and address of each page that is to be asked; of one that was named the program is told by its answer."""
    from deploy.settings import HOST, read_local_settings
    from sinks.settings import SinkSettings
    from streams.settings import WorkerSettings

    if at:
        return [("worker", address) for address in at]
    worker, sink, local = WorkerSettings(), SinkSettings(), read_local_settings()
    found = [
        ("worker", worker.worker_health_host, worker.worker_health_port or local.worker_health_port),
        ("sink", sink.sink_health_host, sink.sink_health_port or local.sink_health_port),
    ]
    return [(program, f"{host or HOST}:{port}") for program, host, port in found if port]


def _show(asked: list[Asked]) -> None:
    names = [one.name or one.address for one in asked]
    found = [(n, f.name, f.verdict, f.found, f.remedy or None) for n, one in zip(names, asked, strict=True) for f in one.findings]
    print_table(("program", "check", "verdict", "found", "remedy"), found)
    told = [(n, f.name, _written(f)) for n, one in zip(names, asked, strict=True) for f in one.figures]
    if told:
        print()
        print_table(("program", "figure", "value"), told)
    if not asked:
        notice("no health page is known: set TRACKER_WORKER_HEALTH_PORT and TRACKER_SINK_HEALTH_PORT, or name them with --at")


def _written(figure: Figure) -> str | None:
    if figure.value is None:
        return None
    number = f"{figure.value:,.0f}" if figure.value == int(figure.value) else f"{figure.value:,.2f}"
    return f"{number} {figure.unit}".strip()


def _document(one: Asked) -> dict[str, object]:
    return {
        "program": one.program,
        "name": one.name,
        "address": one.address,
        "is_well": one.is_well,
        "findings": [{"name": f.name, "verdict": f.verdict, "found": f.found, "remedy": f.remedy} for f in one.findings],
        "figures": [figure._asdict() for figure in one.figures],
    }
