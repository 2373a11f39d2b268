"""What must come out: the same events in order through one worker that nothing disturbs, kept in a file for all scenarios of a run."""

import fcntl
import pickle
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.chaos.events import event_set
from deploy.chaos.line import Prints
from deploy.chaos.place import line_apart

RowHashes = Mapping[tuple[Any, ...], str]


@dataclass(frozen=True, slots=True)
class Truth:
    """`journeys`: by (customer, journey) the hash of the content. `touchpoints` comes from the generator, not from a run."""

    touchpoints: frozenset[str]
    prints: Prints
    journeys: RowHashes


def truth_of(events: int, folder: Path) -> Truth:
    """Read from `folder`, where a run before left it; raises Unmet where even the undisturbed run lost something."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"truth-{events}.pickle"
    with (folder / f"truth-{events}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            made = _undisturbed(events, folder / f"undisturbed-{events}")
            file.write_bytes(pickle.dumps(made))
        truth = pickle.loads(file.read_bytes())
    assert isinstance(truth, Truth)
    return truth


def _undisturbed(events: int, folder: Path) -> Truth:
    known = event_set(events)
    shutil.rmtree(folder, ignore_errors=True)  # of an attempt that failed
    with line_apart(folder) as place:
        place.line.worker()
        place.line.sink()
        place.line.send(known.records)
        place.line.settle(600)
        return Truth(known.touchpoints, place.line.prints(), place.line.row_hashes("journeys"))
