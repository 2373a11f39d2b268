"""`plots.py RESULTS FOLDER`: one picture for each question. Runs where matplotlib is."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "tracker", "svg.fonttype": "none", "font.size": 11})
matplotlib.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})

from matplotlib import pyplot  # noqa: E402  the backend is chosen before

INK, OURS, OTHERS = "#334155", "#0f766e", "#94a3b8"
PROCESSES = {"worker": "#0f766e", "sink": "#14b8a6", "kafka": "#94a3b8", "clickhouse": "#f59e0b"}
Figures = dict[str, Any]


def side_by_side(figures: Figures, axes: Any) -> None:
    """Events a second by system."""
    systems = sorted(figures["systems"].items(), key=lambda item: item[1]["flow"])
    names, rates = [name.replace("_", " ") for name, _ in systems], [found["flow"] for _, found in systems]
    bars = axes.barh(names, rates, color=[OURS if name == "tracker" else OTHERS for name in names])
    axes.bar_label(bars, labels=[f"{rate:,.0f}" for rate in rates], padding=4)
    axes.set_xlabel("events a second in full flow, the same visits")


def micros(figures: Figures, axes: Any) -> None:
    """Processor time per event by process, stacked, by system."""
    names = list(figures["systems"])
    left = [0.0] * len(names)
    for process, colour in PROCESSES.items():
        widths = [figures["systems"][name]["micros"].get(process, 0.0) for name in names]
        axes.barh([name.replace("_", " ") for name in names], widths, left=left, color=colour, label=process)
        left = [a + b for a, b in zip(left, widths, strict=True)]
    axes.legend(frameon=False, loc="lower right")
    axes.set_xlabel("µs of processor time per event, over all processes")


def history(figures: Figures, axes: Any) -> None:
    """Cost of an event in order by the length of its customer's history."""
    _curve(axes, [(f["history"], f["micros"]) for f in figures["histories"]], "touchpoints that the customer has", "µs per event in order")


def customers(figures: Figures, axes: Any) -> None:
    """Cost of an event in order by the number of customers."""
    _curve(axes, [(f["customers"], f["micros"]) for f in figures["customers"]], "customers", "µs per event in order")


def memory(figures: Figures, axes: Any) -> None:
    """Resident memory by the number of customers."""
    _curve(axes, [(f["customers"], f["resident_mib"]) for f in figures["customers"]], "customers", "resident memory, MiB")


def latency(figures: Figures, axes: Any) -> None:
    """How many of the events could be asked for after how long: at the rate that was tried last, and at half of it."""
    for stream, colour in ((figures["tried"][-1], OTHERS), (figures["half"], OURS)):
        curve = [(share, ms / 1000) for share, ms in zip(figures["shares"], stream["waits_ms"], strict=True)]
        axes.plot([s for _, s in curve], [100 * share for share, _ in curve], color=colour, label=f"{stream['wanted']:,}/s")
    axes.legend(frameon=False, loc="lower right")
    axes.set_xlim(left=0)
    axes.set_xlabel("seconds from Kafka to a row that SQL sees")
    axes.set_ylabel("% of the events")


def chunks(figures: Figures, axes: Any) -> None:
    """Throughput by records admitted at once."""
    _curve(axes, [(int(n), rate) for n, rate in figures["chunks"].items()], "records of a partition admitted at once", "events a second")


def partitions(figures: Figures, axes: Any) -> None:
    """Throughput by partitions of each topic."""
    _curve(axes, [(int(n), rate) for n, rate in figures["partitions"].items()], "partitions", "events a second")


def _curve(axes: Any, points: list[tuple[float, float]], x: str, y: str) -> None:
    points = sorted(points)
    axes.plot([p[0] for p in points], [p[1] for p in points], marker="o", color=OURS)
    for at, value in points:
        axes.annotate(f"{value:,.0f}", (at, value), textcoords="offset points", xytext=(0, 8), ha="center")
    axes.set_xscale("log")
    axes.set_xticks([p[0] for p in points], labels=[f"{p[0]:,}" for p in points])
    axes.minorticks_off()
    axes.set_ylim(0, 1.25 * max(p[1] for p in points))
    axes.set_xlabel(x)
    axes.set_ylabel(y)


PICTURES: dict[str, tuple[str, Callable[[Figures, Any], None]]] = {
    "side_by_side": ("side_by_side", side_by_side),
    "micros": ("side_by_side", micros),
    "history": ("growing", history),
    "customers": ("growing", customers),
    "memory": ("growing", memory),
    "latency": ("steady", latency),
    "chunks": ("sizing", chunks),
    "partitions": ("sizing", partitions),
}


def main(results: str, folder: str) -> None:
    """Draws what the results have figures for."""
    kept = json.loads(Path(results).read_text())
    for name, (measure, plot) in PICTURES.items():
        if measure in kept:
            figure, axes = pyplot.subplots(figsize=(7.2, 3.4), layout="constrained")
            plot(kept[measure]["figures"], axes)
            figure.savefig(Path(folder) / f"{name}.svg", metadata={"Date": None, "Creator": None})
            pyplot.close(figure)


if __name__ == "__main__":
    main(*sys.argv[1:])
