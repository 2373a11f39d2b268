"""An import from the first row to the last acknowledgement. Interrupted at any moment, it goes on where Kafka had all of it."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson

from deploy.importer.checkpoint import CheckpointFile
from deploy.importer.errors import RowRefused
from deploy.importer.mapping import Mapping
from deploy.importer.progress import Progress, progress_for
from deploy.importer.reading import Reading, Record
from deploy.importer.tally import Tally
from schemas.errors import ServiceUnavailable
from streams.clock import SYSTEM_CLOCK, Clock
from streams.producer import Producer

CHECKPOINT_EVERY_S = 5.0
FLUSH_TIMEOUT_S = 60.0
FOLLOW_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """limit: at most so many records of each file. again: from the first row, whatever was sent before. refused: file for refused rows.

    wait: called with seconds at the end of a followed file.
    """

    source: str | None = None
    limit: int | None = None
    follow: bool = False
    again: bool = False
    refused: Path | None = None
    wait: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Sending:
    """Where the events go, and where it is noted how far they went. `target` names cluster and topic."""

    producer: Producer
    state_dir: Path
    target: str
    flush_timeout_s: float = FLUSH_TIMEOUT_S


def import_file(path: Path, mapping: Mapping | None, options: ImportOptions, sending: Sending | None, clock: Clock = SYSTEM_CLOCK) -> Tally:
    """`sending` None: a dry run, nothing is sent or noted. Raises ServiceUnavailable where Kafka does not take what was sent."""
    tally = Tally()
    with ExitStack() as opened:
        progress = progress_for(path.name, clock)
        opened.callback(progress.close)
        refused = opened.enter_context(_refused_file(options.refused))
        run = _Run(path, mapping, options, sending, tally, progress, refused, clock)
        while run.once():
            continue
    return tally


class _Run:
    """One import of one file."""

    def __init__(
        self,
        path: Path,
        mapping: Mapping | None,
        options: ImportOptions,
        sending: Sending | None,
        tally: Tally,
        progress: Progress,
        refused: IO[bytes] | None,
        clock: Clock,
    ) -> None:
        self._path, self._mapping, self._options, self._sending = path, mapping, options, sending
        self._tally, self._progress, self._refused, self._clock = tally, progress, refused, clock
        self._checkpoint = CheckpointFile(sending.state_dir, path, mapping, options.source, sending.target) if sending else None
        self._done = 0
        self._followed_on = False
        self._next_checkpoint = 0.0

    def once(self) -> bool:
        """True where a followed file was replaced by another, which is then read from its start."""
        status = self._path.stat() if self._path.exists() else None
        replaced = _Replaced(self._path, status)
        idle = (lambda: self._idle(replaced)) if self._options.follow else None
        reading = Reading(
            self._path, self._mapping, source=self._options.source, idle=idle, keep_content=self._refused is not None, clock=self._clock
        )
        self._done = self._tally.skipped = self._sent_before()
        self._next_checkpoint = self._clock.monotonic() + CHECKPOINT_EVERY_S
        try:
            for record in islice(reading.records(self._done), self._options.limit):
                self._take(record, reading)
        except KeyboardInterrupt:
            self._acknowledged()
            if not self._options.follow:
                raise
            return False
        self._acknowledged()
        self._followed_on = replaced.seen
        return replaced.seen

    def _sent_before(self) -> int:
        if self._checkpoint is None:
            return 0
        self._checkpoint.begin()
        return 0 if self._options.again or self._followed_on else self._checkpoint.records_done()

    def _take(self, record: Record, reading: Reading) -> None:
        self._tally.add(record)
        for refused in record.ready.refusals:
            self._keep(refused, record)
        if self._sending is not None:
            for event in record.ready.events:
                self._sending.producer.emit_outgoing(event)
        self._done = record.number
        if record.number % 64 == 0:
            self._progress.update(reading.fraction(), self._tally.records, self._tally.events.total())
            if self._clock.monotonic() >= self._next_checkpoint:
                self._acknowledged()

    def _acknowledged(self) -> None:
        """Waits until Kafka has all that was sent, then notes how far that is."""
        self._next_checkpoint = self._clock.monotonic() + CHECKPOINT_EVERY_S
        if self._sending is None or self._checkpoint is None:
            return
        report = self._sending.producer.flush(self._sending.flush_timeout_s)
        waits, wait_s = report.waiting + report.spooled, self._sending.flush_timeout_s
        if waits:
            raise ServiceUnavailable(
                f"Kafka has not taken {waits} events within {wait_s:g} s: {report.problem}",
                service="Kafka",
                address=self._sending.target,
                remedy="run the same command again when Kafka answers: it goes on where it stopped, and repeats double nothing",
            )
        if report.failed:
            self._tally.refusals["Kafka refused the event"] += report.failed
        self._checkpoint.save(self._done)

    def _keep(self, refused: RowRefused, record: Record) -> None:
        if self._refused is not None:
            entry: dict[str, Any] = {
                "file": str(self._path),
                "row": record.row or refused.row,
                "event_type": refused.event_type,
                "reason": refused.reason,
                "remedy": refused.remedy,
            }
            entry["content"] = {name: value for name, value in (record.content or {}).items() if name != "_row"}
            self._refused.write(orjson.dumps(entry, default=str, option=orjson.OPT_APPEND_NEWLINE))

    def _idle(self, replaced: "_Replaced") -> bool:
        """At the end of a followed file: what was read is acknowledged, then a little is waited."""
        self._acknowledged()
        if replaced.look():
            return False
        self._options.wait(FOLLOW_EVERY_S)
        return True


class _Replaced:
    """Sees that a followed file was rotated away or cut."""

    def __init__(self, path: Path, status: os.stat_result | None) -> None:
        self._path = path
        self._inode = status.st_ino if status else 0
        self._size = status.st_size if status else 0
        self.seen = False

    def look(self) -> bool:
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return False
        self.seen = now.st_ino != self._inode or now.st_size < self._size
        self._size = now.st_size
        return self.seen


@contextmanager
def _refused_file(path: Path | None) -> Iterator[IO[bytes] | None]:
    if path is None:
        yield None
        return
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
        yield file
