"""Health by progress: what the broker's ends and the stores' own positions say, never what Faust thinks of itself.

`Monitor` looks, in the worker's event loop. `Watch` is a thread beside it: it serves the answers, sees when the loop itself hangs, and ends
the process where a clean stop does not come about.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.health import EXIT_STUCK, Finding, Position, Report, Standstill
from streams.admitting import Shared
from streams.clock import SYSTEM_CLOCK, Clock
from streams.health_server import serve
from streams.outbox import aiokafka_options
from streams.settings import WorkerSettings
from streams.worker import Worker

log = structlog.get_logger()
LOOK_S = 5.0
ANSWER_S = 5.0
"""Longest wait for an answer of the broker to a look; without one Kafka counts as away."""
RECORD_MS = 500
Key = tuple[str, int]


class Monitor:
    """`stuck` is set when a partition stood still for the longest time allowed. What it holds is replaced as a whole, never changed."""

    def __init__(self, shared: Shared, worker: Worker, settings: WorkerSettings, clock: Clock = SYSTEM_CLOCK) -> None:
        self._shared, self._worker, self._settings, self._clock = shared, worker, settings, clock
        self._standstill = Standstill()
        self._links_end = -1
        self.stuck = asyncio.Event()
        self.findings: list[Finding] = []
        self.standing_s = 0.0

    async def run(self, assigned: Callable[[], Iterable[Any]]) -> None:
        """For ever."""
        async with AsyncExitStack() as stack:
            consumer = _probe(self._settings)
            stack.push_async_callback(consumer.stop)
            while not await _is_started(consumer):
                await asyncio.sleep(LOOK_S)
            while True:
                await self.look(consumer, list(assigned()))
                await asyncio.sleep(look_every_s(self._settings))

    async def look(self, consumer: AIOKafkaConsumer, assigned: Sequence[Any]) -> None:
        """One look; anything that the broker does not answer makes Kafka count as away."""
        try:
            async with asyncio.timeout(ANSWER_S):
                positions = await self._positions(consumer, assigned)
            async with asyncio.timeout(2 * ANSWER_S):
                ages_s = await self._ages_s(consumer, positions)
        except (KafkaError, TimeoutError, OSError):
            self._judge(assigned, None)
            return
        self._shared.telemetry.lags(positions, ages_s)
        self._judge(assigned, positions)

    async def _positions(self, consumer: AIOKafkaConsumer, assigned: Iterable[Any]) -> list[Position]:
        """Of the partitions whose stores are open, and of who is who."""
        topics, replica = self._shared.topics, self._shared.replica
        here: dict[TopicPartition, tuple[str, int]] = {}
        for tp in assigned:
            step, sides = ("admit", self._worker.raw) if tp.topic == topics.raw else ("stitch", self._worker.resolved)
            if tp.partition in sides:
                here[TopicPartition(tp.topic, tp.partition)] = (step, sides[tp.partition].position)
        here[TopicPartition(topics.links, 0)] = ("unify", replica.epoch + 1)
        ends = await consumer.end_offsets(list(here))
        return [Position(step, tp.partition, position, ends[tp]) for tp, (step, position) in here.items()]

    async def _ages_s(self, consumer: AIOKafkaConsumer, positions: Iterable[Position]) -> Mapping[Key, float]:
        """How old the first record is that is not done, of the partitions with lag."""
        topics = {"admit": self._shared.topics.raw, "stitch": self._shared.topics.resolved, "unify": self._shared.topics.links}
        behind = {TopicPartition(topics[p.step], p.partition): p for p in positions if p.lag}
        consumer.assign(list(behind))
        for tp, position in behind.items():
            consumer.seek(tp, position.position)
        ages: dict[Key, float] = {}
        now_ms = self._clock.now().timestamp() * 1000
        for tp, position in behind.items():
            for record in (await consumer.getmany(tp, timeout_ms=RECORD_MS, max_records=1)).get(tp, []):
                ages[position.step, position.partition] = max(0.0, now_ms - record.timestamp) / 1000
        return ages

    def _judge(self, assigned: Sequence[Any], positions: list[Position] | None) -> None:
        stopped = self._worker.stopped
        moving = [p for p in positions or [] if not (p.step == "admit" and p.partition in stopped)]
        self._standstill.look(asyncio.get_running_loop().time(), moving, is_free=positions is not None)
        self.standing_s = self._standstill.worst_s
        partitions = {step: sum(tp.topic == topic for tp in assigned) for step, topic in self._steps.items()}
        self.findings = [_kafka(positions is not None), _assignment(partitions), self._folded(positions), *self._stopped(stopped)]
        is_ready = all(finding.verdict != "failed" for finding in self.findings)
        self._shared.telemetry.stopped(len(stopped))
        self._shared.telemetry.state(partitions, self.standing_s, positions is not None, is_ready)
        if self.standing_s >= self._settings.worker_stuck_after_s:
            log.critical("progress_stands_still", where=self._standstill.worst, seconds=round(self.standing_s), exit_code=EXIT_STUCK)
            self.stuck.set()

    @property
    def _steps(self) -> Mapping[str, str]:
        return {"admit": self._shared.topics.raw, "stitch": self._shared.topics.resolved}

    def _folded(self, positions: list[Position] | None) -> Finding:
        """To the end that the look before saw: the log may grow all the time."""
        wanted = self._links_end
        self._links_end = next((p.end for p in positions or [] if p.step == "unify"), wanted)
        behind = max(0, wanted - 1 - self._shared.replica.epoch)
        remedy = "it catches up by itself; watch tracker_lag_records of step unify"
        return Finding("who is who", "failed" if behind else "ok", f"{behind} frames of links not folded", remedy if behind else "")

    @staticmethod
    def _stopped(stopped: Iterable[int]) -> list[Finding]:
        names = ", ".join(map(str, sorted(stopped)))
        remedy = "see why in the worker's log; a restart does not mend it"
        return [Finding("stopped", "failed", f"partition {names} of raw was stopped on purpose", remedy)] if names else []

    @property
    def progress(self) -> Finding:
        allowed = self._settings.worker_stuck_after_s
        if self.standing_s < allowed:
            return Finding("progress", "ok", f"nothing with lag stood still for more than {self.standing_s:.0f} s")
        found = f"{self._standstill.worst} stood still for {self.standing_s:.0f} s"
        return Finding("progress", "failed", found, "the worker ends for a restart by itself; see its log")


class Watch:
    """Lives in a thread of its own, from the start of the worker to its end."""

    def __init__(self, settings: WorkerSettings, shared: Shared, loop: asyncio.AbstractEventLoop) -> None:
        self._settings, self._loop = settings, loop
        self._telemetry = shared.telemetry
        self._closed = threading.Event()
        self._asked = self._answered = 0
        self.loop_hung_s = 0.0
        self.monitor: Monitor | None = None
        reports = {"/healthz": self.healthz, "/readyz": self.readyz}
        self._server = serve(settings.worker_health_host, settings.worker_health_port, reports, shared.telemetry.registry)
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def close(self) -> None:
        """Ends serving; the thread ends soon."""
        self._closed.set()
        if self._server is not None:
            self._server.close()

    def healthz(self) -> Report:
        """Alive, and making progress."""
        hung = self.loop_hung_s >= ANSWER_S
        found = f"answered within {self.loop_hung_s:.0f} s" if not hung else f"has not answered for {self.loop_hung_s:.0f} s"
        findings = [Finding("event loop", "failed" if self._is_hung else "warning" if hung else "ok", found)]
        return self._report(findings + ([self.monitor.progress] if self.monitor else []))

    def readyz(self) -> Report:
        """At work: partitions, who is who, Kafka."""
        if self.monitor is None or not self.monitor.findings:
            return self._report([Finding("start", "failed", "who is who is being folded", "wait; watch tracker_unify_epoch")])
        return self._report(self.monitor.findings)

    def _report(self, findings: list[Finding]) -> Report:
        return Report("worker", self._settings.worker_id, findings)

    @property
    def _is_hung(self) -> bool:
        return self.loop_hung_s >= self._settings.worker_stuck_after_s

    def _run(self) -> None:
        every_s = look_every_s(self._settings)
        while not self._closed.wait(every_s):
            self.tick(every_s)
            if self._is_hung:
                log.critical("event_loop_hangs", seconds=round(self.loop_hung_s), exit_code=EXIT_STUCK)
                os._exit(EXIT_STUCK)

    def tick(self, passed_s: float) -> None:
        """Asks the loop for a sign of life; time in which the whole process was stopped does not count, for nothing ticks then."""
        self.loop_hung_s = self.loop_hung_s + passed_s if self._answered != self._asked else 0.0
        if self._answered == self._asked:
            self._asked += 1
            self._loop.call_soon_threadsafe(self._answer)

    def _answer(self) -> None:
        self._answered = self._asked


def _kafka(answers: bool) -> Finding:
    if answers:
        return Finding("kafka", "ok", "answers")
    return Finding("kafka", "failed", "does not answer", "bring it back; the worker waits and goes on by itself")


def _assignment(partitions: Mapping[str, int]) -> Finding:
    found = ", ".join(f"{count} to {step}" for step, count in partitions.items())
    return Finding("partitions", "ok", found) if sum(partitions.values()) else _without_partitions()


def _without_partitions() -> Finding:
    remedy = "wait for the group; where there are more workers than half the partitions this one is a spare"
    return Finding("partitions", "failed", "none assigned", remedy)


def look_every_s(settings: WorkerSettings) -> float:
    """Often enough for a short limit, too."""
    return min(LOOK_S, settings.worker_stuck_after_s / 4)


def _probe(settings: WorkerSettings) -> AIOKafkaConsumer:
    """A consumer without a group that fetches one batch at a time; not started yet."""
    return AIOKafkaConsumer(
        **aiokafka_options(settings.kafka),
        client_id=f"{settings.worker_id}-health",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=1,  # the broker sends one batch all the same
        fetch_max_wait_ms=100,
    )


async def _is_started(consumer: AIOKafkaConsumer) -> bool:
    try:
        await consumer.start()
    except KafkaError:
        return False
    return True
