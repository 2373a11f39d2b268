"""Where a scenario happens: a Kafka and a ClickHouse of its own, a proxy before ClickHouse, all ended afterwards."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from kafka.errors import KafkaError

from deploy.chaos.line import HttpAddress, Line, killed, sender, started
from deploy.chaos.programs import Unmet
from deploy.chaos.proxy import Proxy
from deploy.chaos.records import Record
from deploy.local import stack
from deploy.local.apart import running, settings_apart
from deploy.local.stages import Stage, parts_of
from deploy.settings import HOST, LocalSettings
from schemas.topics import topic_names
from streams.clock import SYSTEM_CLOCK

SERVERS = (Stage.KAFKA, Stage.CLICKHOUSE)
DATABASE = "chaos"
MOST_AGAIN = 5
"""So often what Kafka refused is sent again."""


@dataclass(frozen=True)
class Place:
    """`line` reaches ClickHouse directly; programs that shall go by the proxy are started with `by_proxy`."""

    settings: LocalSettings
    line: Line
    proxy: Proxy

    @property
    def by_proxy(self) -> dict[str, Any]:
        return {"clickhouse_port": self.proxy.port}

    def kill(self, stage: Stage) -> None:
        """A server, as by kill -9."""
        killed(self.settings, stage)

    def start(self, stage: Stage) -> None:
        """The same server again, on the same files."""
        stack.up(self.settings, [stage])

    def is_up(self, stage: Stage) -> bool:
        """Whether its process is there."""
        return parts_of(self.settings)[stage].daemon.running() is not None

    def log_of(self, name: str) -> str:
        """What a server wrote: kafka or clickhouse."""
        return (self.settings.logs_folder / f"{name}.log").read_text("utf-8", "replace")


@contextmanager
def line_apart(folder: Path, **settings: Any) -> Iterator[Place]:
    """A stack of its own in `folder` with topics and tables; `settings` go to every worker and sink."""
    local = settings_apart(folder / "stack")
    with running(local, *SERVERS), Proxy(HOST, local.clickhouse_http_port) as proxy:
        line = Line(local.kafka_bootstrap, HttpAddress(HOST, local.clickhouse_http_port), DATABASE, folder, settings=settings)
        with started(line):
            yield Place(local, line, proxy)


@dataclass
class Load:
    """Sends records in the background, evenly over `seconds`; what Kafka does not take at once is kept and sent when it does."""

    line: Line
    records: Sequence[Record]
    seconds: float
    _thread: threading.Thread = field(init=False)
    _failed: list[Exception] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._thread.join()
        if self._failed and raised[0] is None:
            raise self._failed[0]

    def _run(self) -> None:
        try:
            self._send()
        except Exception as why:  # told to whoever waits for the load, whatever it is
            self._failed.append(why)

    def _send(self) -> None:
        left = self._sent(self.records, self.seconds / max(1, len(self.records)))
        for _ in range(MOST_AGAIN):
            if left:
                left = self._sent(left, 0.0)
        if left:
            raise Unmet(f"Kafka did not take {len(left)} of {len(self.records)} records")

    def _sent(self, records: Sequence[Record], pace_s: float) -> list[Record]:
        """What Kafka refused, to be sent again: a broker that lost its disk does not know where its producer was."""
        began, producer = SYSTEM_CLOCK.monotonic(), sender(self.line.kafka, patient=True)
        waiting, sent, left = threading.Event(), [], []
        for n, record in enumerate(records):
            early_s = began + n * pace_s - SYSTEM_CLOCK.monotonic()
            if early_s > 0.01:
                waiting.wait(early_s)
            try:
                sent.append((record, producer.send(topic_names().raw, record.value, record.key)))
            except KafkaError:
                left.append(record)
        with suppress(KafkaError):
            producer.flush()
        left += [record for record, future in sent if not future.succeeded()]
        with suppress(KafkaError):
            producer.close()
        return left


@dataclass(frozen=True)
class Scene:
    """What a scenario is given. `folder` is its own; `truths` is shared by all of a run; `tell` takes a line for people."""

    folder: Path
    truths: Path
    seed: int
    tell: Callable[[str], None] = lambda _: None

    @property
    def rng(self) -> random.Random:
        """Begins anew each time: ask once."""
        return random.Random(self.seed)

    def wait(self, seconds: float) -> None:
        """Nothing happens for so long."""
        threading.Event().wait(seconds)
