"""`python -m deploy.bench [--events N] [--rounds R] [--json]`."""

import sys
from dataclasses import asdict
from statistics import median

from cyclopts import App
from rich.console import Console
from rich.table import Table

from deploy.bench.load import records
from deploy.bench.steps import by_step
from deploy.bench.whole_way import Round, one_round
from deploy.cli.output import notice, print_json

app = App(name="python -m deploy.bench", help="What an event costs: by process on the real parts, by step in one process.")


@app.default
def bench(*, events: int = 100_000, rounds: int = 3, timeout: float = 600.0, json: bool = False) -> int:
    """Run the benches.

    For example:

        python -m deploy.bench
        python -m deploy.bench --events 20000 --rounds 1 --json
    """
    made = records(events)
    notice(f"{len(made):,} events of the simulated shop")
    done: list[Round] = []
    for n in range(rounds):
        done.append(one_round(made, timeout))
        notice(f"round {n + 1}: {done[-1].rate:,.0f} events/s")
    steps = by_step(made)
    if json:
        print_json({"rounds": [asdict(one) | {"rate": one.rate} for one in done], "steps": steps})
    else:
        _show(done, steps)
    return 0


def _show(done: list[Round], steps: dict[str, float]) -> None:
    rates = sorted(one.rate for one in done)
    table = Table(title=f"raw to queryable: median {median(rates):,.0f} events/s ({rates[0]:,.0f} to {rates[-1]:,.0f})")
    table.add_column("process or step")
    table.add_column("µs per event", justify="right")
    for name in done[0].micros:
        table.add_row(name, f"{median(one.micros[name] for one in done):.1f}")
    table.add_section()
    for name, micros in sorted(steps.items(), key=lambda item: -item[1]):
        table.add_row(f"worker: {name}", f"{micros:.1f}")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(app())
