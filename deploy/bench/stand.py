"""The test stand: a Kafka and a ClickHouse of its own on free loopback ports, programs beside them, the processor time of each."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from deploy.local.apart import environment_with, running, settings_apart
from deploy.local.stack import status
from deploy.local.stages import Stage, clickhouse_connection
from deploy.settings import HOST, LocalSettings
from deploy.topics import create_topics
from schemas.connections import ClickHouseConnection, KafkaConnection
from sinks.clickhouse import ClickHouse
from sinks.migrate import migrate
from streams.clock import SYSTEM_CLOCK

SERVERS = (Stage.KAFKA, Stage.CLICKHOUSE)
STOP_S = 20.0
MEMORY = {"kafka_heap_mib": 512, "clickhouse_max_memory_mib": 2048}
"""As the local stack has it by default."""


@dataclass(slots=True)
class Program:
    """A child process; its output goes to a file."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """RuntimeError where it has ended."""
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}: {self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        """SIGTERM, then SIGKILL."""
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def pin(self, cores: Sequence[int]) -> None:
        """It runs on these cores alone."""
        psutil.Process(self.process.pid).cpu_affinity(list(cores))

    @property
    def resident_mib(self) -> float:
        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20


@dataclass(slots=True)
class Stand:
    """`used` sums the processor time (s) of programs that have ended, by name."""

    settings: LocalSettings
    folder: Path
    programs: list[Program] = field(default_factory=list)
    used: dict[str, float] = field(default_factory=dict)

    @property
    def kafka(self) -> KafkaConnection:
        return KafkaConnection(bootstrap_servers=self.settings.kafka_bootstrap)

    @property
    def clickhouse(self) -> ClickHouseConnection:
        return clickhouse_connection(self.settings)

    def prepare(self, partitions: int) -> None:
        """Topics and tables of the tracker."""
        create_topics(self.kafka, partitions=partitions)
        migrate(self.clickhouse, 1)

    def ours(self, module: tuple[str, ...], name: str, **settings: object) -> Program:
        """One of our own programs; settings as in `deploy/env.example`, without the prefix."""
        reached = {
            "kafka_bootstrap": self.settings.kafka_bootstrap,
            "clickhouse_host": HOST,
            "clickhouse_port": self.settings.clickhouse_http_port,
            "worker_state_dir": self.folder / "worker",
        }
        return self.start((sys.executable, "-m", *module), name, environment_with({**reached, **settings}))

    def worker(self, name: str = "worker", **settings: object) -> Program:
        return self.ours(("streams", "worker"), name, worker_id=name, **settings)

    def sink(self, name: str = "sink", **settings: object) -> Program:
        return self.ours(("sinks", "consume"), name, sink_member_id=name, **settings)

    def start(self, command: Sequence[str], name: str, environment: Mapping[str, str]) -> Program:
        """Any program with that environment and nothing else, this project importable."""
        log = self.folder / f"{name}.log"
        project = str(Path(__file__).parents[2])
        with log.open("ab") as output:
            process = subprocess.Popen(command, env={"PYTHONPATH": project, **environment}, cwd=self.folder, stdout=output, stderr=output)
        program = Program(name, process, log)
        self.programs.append(program)
        return program

    def check(self) -> None:
        """RuntimeError where a program has ended."""
        self.check_but("")

    def check_but(self, name: str) -> None:
        """The same, but for those of that name, which may end."""
        for program in self.programs:
            if program.name != name:
                program.check()

    def end(self, name: str) -> None:
        """Ends the programs of that name, those that have ended too."""
        for program in [program for program in self.programs if program.name == name]:
            program.stop()
            self.programs.remove(program)

    def stop(self) -> None:
        """Ends the programs, the last one first, and keeps what they used."""
        for program in reversed(self.programs):
            seconds = _seconds(program.process.pid)
            self.used[program.name] = self.used.get(program.name, 0.0) + seconds
            program.stop()
        self.programs.clear()

    def processor_time(self) -> dict[str, float]:
        """Seconds of user and system time so far, by process."""
        servers = status(self.settings, SYSTEM_CLOCK.now().timestamp())
        found = {part.name: _seconds(part.pid) for part in servers if part.pid is not None}
        for program in self.programs:
            found[program.name] = found.get(program.name, 0.0) + _seconds(program.process.pid)
        return found

    def bytes_stored(self) -> dict[str, int]:
        """On disk by topic, compressed as sent, without the ends of segments that are set aside; and in ClickHouse by now."""
        found: dict[str, int] = {}
        for segment in (self.settings.folder / "kafka").rglob("*.log"):
            topic = segment.parent.name.rpartition("-")[0]
            if topic and not topic.startswith("__"):
                found[topic] = found.get(topic, 0) + segment.stat().st_blocks * 512
        found["ClickHouse"] = self.number("SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database LIKE 'tracker%'")
        return found

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of a query."""
        with closing(ClickHouse(self.clickhouse)) as door:
            return [tuple(row) for row in door.ask(sql).rows]

    def number(self, sql: str) -> int:
        """The one whole number that a query answers."""
        return int(str(self.ask(sql)[0][0]))


@contextmanager
def stand() -> Iterator[Stand]:
    """Up while inside; ended and deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="tracker-bench-") as name:
        folder = Path(name)
        settings = settings_apart(folder).model_copy(update=MEMORY)
        built = Stand(settings, folder)
        with running(settings, *SERVERS):
            try:
                yield built
            finally:
                built.stop()


def _seconds(pid: int) -> float:
    try:
        process = psutil.Process(pid)
        times = [p.cpu_times() for p in (process, *process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return 0.0
    return float(sum(t.user + t.system for t in times))
