"""`python -m deploy.bench`: what the tracker can take, measured; `python -m deploy.bench page`: docs/performance.md from the figures."""

import os
import signal
import sys
from pathlib import Path

from cyclopts import App
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.bench.measures import FULL, MEASURES, SHORT, USUAL
from deploy.bench.page import PAGE, page
from deploy.bench.pictures import draw
from deploy.bench.results import RESULTS, keep, read
from deploy.cli.output import notice, print_json
from streams.clock import SYSTEM_CLOCK

app = App(name="python -m deploy.bench", help="Throughput, latency and what an event costs, on the bench's own Kafka and ClickHouse.")


@app.default
def bench(*, only: list[str] | None = None, short: bool = False, into: Path | None = None, json: bool = False) -> int:
    """Run the measures, keep the figures, write the page and draw the pictures.

    A short run shows that everything works (3 minutes); its figures are kept only where --into says.

    For example:

        python -m deploy.bench
        python -m deploy.bench --only steady --only growing
        python -m deploy.bench --short --into short.json

    Args:
        only: measures to run: side_by_side, catching_up, steady, growing, sizing, recovering; and merges, which a run
            without --only leaves out, for it takes a quarter of an hour.
        short: little of everything.
        into: file of the figures; docs/performance.json by default.
        json: print the figures.
    """
    names = only or list(USUAL)
    if unknown := [name for name in names if name not in MEASURES]:
        notice(f"error: no measure {unknown[0]}\nremedy: choose of {', '.join(MEASURES)}")
        return 2
    path = into or (None if short else RESULTS)
    found = {}
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=_console()) as bar:
        task = bar.add_task("", total=len(names))
        for name in names:
            bar.update(task, description=name)
            load = os.getloadavg()[0]
            found[name] = MEASURES[name](SHORT if short else FULL, notice)
            if path is not None:
                keep(name, found[name], f"python -m deploy.bench --only {name}", SYSTEM_CLOCK.now(), load, path)
            bar.advance(task)
    if json:
        print_json(found)
    return write_page() if path == RESULTS else 0


@app.command(name="page")
def write_page() -> int:
    """Write docs/performance.md and its pictures from docs/performance.json."""
    PAGE.write_text(page(read()))
    draw()
    notice(f"{PAGE.name} and its pictures are written")
    return 0


def _console() -> Console:
    return Console(stderr=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what was started is ended
    sys.exit(app())
