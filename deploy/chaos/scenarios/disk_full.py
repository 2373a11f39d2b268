"""No room on the disk of Kafka, of the worker's stores, of ClickHouse: a named error, no damage, and it goes on when there is room.

Each gets a small file system in memory of its own, which needs the right to mount: root, or `unshare --user --map-root-user --mount`.
"""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.chaos.events import event_set, slices
from deploy.chaos.place import Load, Place, Scene, line_apart
from deploy.chaos.programs import Unmet, until
from deploy.chaos.records import disordered
from deploy.chaos.scenario import Scenario
from deploy.chaos.scenarios.kills import SMALL_STEPS
from deploy.chaos.supervised import Supervised
from deploy.chaos.truth import truth_of
from deploy.chaos.verdict import Verdict, judge
from deploy.local.stages import Stage

BALLAST = "ballast"
CANNOT_MOUNT = "a small file system cannot be mounted here; run it as root, or: unshare --user --map-root-user --mount make chaos"


WHERE = {"kafka": Path("stack/kafka"), "clickhouse": Path("stack/clickhouse"), "stores": Path("stores")}
NAMED = {
    "kafka": ("No space left on device",),
    "stores": ("no room for the store", "No space left on device"),
    "clickhouse": ("NOT_ENOUGH_SPACE", "No space left on device", "CANNOT_WRITE_TO_FILE_DESCRIPTOR"),
}


@dataclass(frozen=True, slots=True)
class Fullness:
    """`room_mib`: of the small disk before the ballast that fills it."""

    events: int
    room_mib: int
    full_s: float


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        raise Unmet(f"{CANNOT_MOUNT} ({mounted.stderr.strip()})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> None:
    """To the last byte."""
    with (disk / BALLAST).open("ab", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(65_536))
        except OSError:
            return


def make_room(disk: Path) -> None:
    (disk / BALLAST).unlink()


def run_for(part: str) -> Callable[[Scene, Fullness, Verdict], None]:
    """`part`: kafka, clickhouse or stores."""

    def run(scene: Scene, form: Fullness, verdict: Verdict) -> None:
        truth = truth_of(form.events, scene.truths)
        with small_disk(scene.folder / WHERE[part], form.room_mib) as disk, line_apart(scene.folder, **SMALL_STEPS) as place:
            with Supervised(place.line, place.line.worker) as worker, Supervised(place.line, place.line.sink) as sink:
                _fill_and_go_on(scene, form, part, place, disk)
                judge(place.line, truth, verdict)
            said = {"kafka": place.log_of("kafka"), "stores": worker.program.said(), "clickhouse": sink.program.said()}[part]
        named = next((words for words in NAMED[part] if words in said), "")
        verdict.counts |= {"named_as": named, "worker_ended": worker.ends, "sink_ended": sink.ends}
        verdict.expect(bool(named), f"no error named the full disk; the log of {part} ends: {said[-1500:]}")

    return run


def _fill_and_go_on(scene: Scene, form: Fullness, part: str, place: Place, disk: Path) -> None:
    line, sent = place.line, disordered(event_set(form.events).records, scene.seed)
    before, during, after = slices(sent, 3)
    line.send(before)
    line.settle()
    fill(disk)
    scene.tell(f"the disk of {part} is full")
    with Load(line, during, form.full_s):
        if part == "kafka":  # it ends itself when it cannot write its log: whoever runs it makes room and starts it again
            until("Kafka has noticed and ended", lambda: not place.is_up(Stage.KAFKA), 120)
        scene.wait(form.full_s)
        make_room(disk)
        scene.tell("there is room again")
        if not place.is_up(Stage.KAFKA):
            place.start(Stage.KAFKA)
        if not place.is_up(Stage.CLICKHOUSE):
            place.start(Stage.CLICKHOUSE)
    line.send(after)
    line.settle(300)


def _scenario(part: str, whose: str, room_mib: int) -> Scenario[Fullness]:
    return Scenario(
        name=f"disk_full_{part}",
        fault=f"disk full for {whose}",
        must_show="named error, no damage, goes on when there is room",
        run=run_for(part),
        full=Fullness(events=30_000, room_mib=room_mib, full_s=60),
        short=Fullness(events=3_000, room_mib=room_mib, full_s=4),
        minutes=3,
        beside=True,
    )


KAFKA = _scenario("kafka", "Kafka", 512)
STORES = _scenario("stores", "the worker's stores", 256)
CLICKHOUSE = _scenario("clickhouse", "ClickHouse", 512)
