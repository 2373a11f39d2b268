"""The thread that carries a producer's backlog to Kafka, in order, and starts over from the first unanswered event where a link breaks."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from schemas.errors import ServiceUnavailable
from streams.backlog import Backlog, Pending
from streams.clock import Clock
from streams.kafka_link import Connect, Fate, Link
from streams.outstanding import Outstanding
from streams.producer_log import log

READ_BYTES: Final = 1 << 18
IN_FLIGHT_BYTES: Final = 16 << 20
SYNC_AFTER_S: Final = 1.0
"""An event that waited so long is made to outlive a power cut; what Kafka acknowledges sooner is not worth the disk's time."""
FIRST_PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 5.0
CLOSE_TIMEOUT_S: Final = 2.0


class Outcome(StrEnum):
    """Each event has exactly one in the life of a producer."""

    DELIVERED = "delivered"
    """Kafka acknowledged it."""
    SPOOLED = "spooled"
    """It waits on disk for the next producer with this spool."""
    FAILED = "failed"
    """Kafka will never take it, or it was still in memory when the producer was closed."""


OnDelivery = Callable[[UUID, Outcome, str], None]
"""Takes the event's id, what became of it, and the reason in words ("" where delivered). Called from the delivery thread: be quick."""


@dataclass(slots=True)
class Counts:
    """Since the producer was made."""

    delivered: int = 0
    failed: int = 0


class Delivery:
    """Owns the backlog's reading side. `problem` is why nothing goes out at the moment, "" where all is well."""

    def __init__(self, backlog: Backlog, connect: Connect, clock: Clock, on_delivery: OnDelivery | None) -> None:
        self.counts = Counts()
        self.problem = ""
        self.broken: Exception | None = None
        self._backlog = backlog
        self._connect = connect
        self._clock = clock
        self._on_delivery = on_delivery
        self._answers: deque[tuple[int, int, Fate, str]] = deque()
        self._outstanding = Outstanding()
        self._cursor = backlog.first
        self._link: Link | None = None
        self._links_made = 0
        self._pause_s = FIRST_PAUSE_S
        self._waits_since: float | None = None
        self._wake, self._closing = threading.Event(), threading.Event()
        self._progress = threading.Condition()
        self._deadline: float | None = None
        self._thread = threading.Thread(target=self._run, name="tracker-delivery", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def nudge(self) -> None:
        """Something was appended."""
        if not self._wake.is_set():
            self._wake.set()

    def wait_until_done(self, number: int, timeout_s: float) -> bool:
        """True as soon as all below `number` are answered; False after `timeout_s`."""
        with self._progress:
            self._progress.wait_for(lambda: self._backlog.first >= number or self.broken is not None, timeout_s)
        return self._backlog.first >= number

    def wait_for_progress(self, timeout_s: float) -> None:
        """Returns when some event was answered, at the latest after `timeout_s`."""
        with self._progress:
            self._progress.wait(timeout_s)

    def stop(self, timeout_s: float) -> None:
        """Delivers what it can within `timeout_s`, then ends."""
        self._deadline = self._clock.monotonic() + timeout_s
        self._closing.set()
        self._wake.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._is_over():
                self._step()
        except Exception as why:  # whatever it is, emit must hear of it: a thread that ends in silence loses events
            log.exception("producer.delivery_stopped")
            self.broken, self.problem = why, f"the delivery thread stopped: {type(why).__name__}"
        finally:
            self._end()

    def _is_over(self) -> bool:
        if self._deadline is None:
            return False
        return self._backlog.first >= self._backlog.end or self._clock.monotonic() >= self._deadline

    def _step(self) -> None:
        self._wake.clear()
        self._take_answers()
        if self._link is None and self._cursor < self._backlog.end:
            self._open_link()
        if not self._send_some():
            self._sync_if_it_waits()
            if self._backlog.first < self._backlog.end:
                self._wake.wait(SYNC_AFTER_S / 2)
            elif self._deadline is None:  # whoever sets it after this look wakes us
                self._wake.wait()

    def _open_link(self) -> None:
        self._links_made += 1
        made = self._links_made
        try:
            self._link = self._connect(lambda number, fate, reason: self._answer(made, number, fate, reason))
        except ServiceUnavailable as why:
            self._is_away(str(why))
            self._sync_if_it_waits()
            self._pause()
            return
        if self.problem:
            log.info("producer.kafka_back", pending=self._backlog.end - self._backlog.first)
        self.problem, self._pause_s = "", FIRST_PAUSE_S

    def _send_some(self) -> bool:
        """True where something was sent; stops at IN_FLIGHT_BYTES without an answer."""
        if self._link is None or self._outstanding.bytes >= IN_FLIGHT_BYTES:
            return False
        taken = self._backlog.read(self._cursor, READ_BYTES)
        for pending in taken:
            self._cursor = pending.number + 1
            if self._outstanding.is_done(pending.number):
                continue
            self._outstanding.sent(pending)
            try:
                self._link.send(pending.number, pending.key, pending.value)
            except ServiceUnavailable as why:
                self._is_away(str(why))
                self._start_over()
                return False
        return bool(taken)

    def _answer(self, link: int, number: int, fate: Fate, reason: str) -> None:
        self._answers.append((link, number, fate, reason))
        self.nudge()

    def _take_answers(self) -> None:
        lost = ""
        while self._answers:
            link, number, fate, reason = self._answers.popleft()
            if fate is Fate.LOST:
                lost = reason if link == self._links_made else lost
            elif (pending := self._outstanding.answered(number)) is not None:
                self._settle(pending, fate, reason)
        done = self._outstanding.done_before(self._cursor)
        if done > self._backlog.first:
            with self._progress:
                self._backlog.acknowledge(done)
                self._progress.notify_all()
        if lost and self._link is not None:
            self._is_away(f"Kafka did not acknowledge: {lost}")
            self._start_over()

    def _settle(self, pending: Pending, fate: Fate, reason: str) -> None:
        if fate is Fate.ACKNOWLEDGED:
            self.counts.delivered += 1
            self._tell(pending, Outcome.DELIVERED, "")
        else:
            self.counts.failed += 1
            self._backlog.refuse(pending, reason)
            self._tell(pending, Outcome.FAILED, f"Kafka refused it: {reason}")

    def _start_over(self) -> None:
        """Gives the link up; all that it did not answer is sent again by the next one. Ids are derived, so repeats are harmless."""
        if self._link is not None:
            self._link.close(0)
        self._link = None
        self._outstanding.give_up()
        self._cursor = self._backlog.first

    def _is_away(self, problem: str) -> None:
        if not self.problem:
            log.warning("producer.kafka_away", problem=problem, survives=self._backlog.survives)
        self.problem = problem

    def _sync_if_it_waits(self) -> None:
        now = self._clock.monotonic()
        if self._backlog.first >= self._backlog.end:
            self._waits_since = None
        elif self._waits_since is None:
            self._waits_since = now
        elif now - self._waits_since >= SYNC_AFTER_S:
            self._backlog.sync()
            self._waits_since = now

    def _pause(self) -> None:
        """Before the next try to connect; cut short when the producer begins to close."""
        if self._closing.is_set():
            self._wake.wait(FIRST_PAUSE_S)
        else:
            self._closing.wait(self._pause_s)
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)

    def _end(self) -> None:
        """What is still unanswered is told so; on disk it stays."""
        if self._link is not None:
            self._link.close(CLOSE_TIMEOUT_S if self._backlog.first >= self._cursor else 0)
        self._link = None
        self._take_answers()
        if self._on_delivery is not None and self.broken is None:
            self._tell_what_is_left()
        with self._progress:
            self._progress.notify_all()

    def _tell_what_is_left(self) -> None:
        outcome = Outcome.SPOOLED if self._backlog.survives else Outcome.FAILED
        number = self._backlog.first
        while waiting := self._backlog.read(number, READ_BYTES):
            for pending in waiting:
                if not self._outstanding.is_done(pending.number):
                    self._tell(pending, outcome, self.problem or "the producer was closed before Kafka answered")
            number = waiting[-1].number + 1

    def _tell(self, pending: Pending, outcome: Outcome, reason: str) -> None:
        if self._on_delivery is None:
            return
        try:
            self._on_delivery(UUID(bytes=pending.event_id), outcome, reason)
        except Exception:  # the application's own code: its fault must not stop the delivery of the other events
            log.exception("producer.callback_failed")
