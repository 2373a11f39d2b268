"""`python -m sinks consume | migrate | ddl [TABLE]`: the sink in the foreground, the tables, the statement for a new migration."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

import structlog
from pydantic import ValidationError

from schemas.errors import TrackerError
from schemas.ledger_tables import TABLES
from schemas.refused_settings import setting_invalid
from sinks.ddl import create_table
from sinks.migrate import migrate
from sinks.run import run
from sinks.settings import SinkSettings
from sinks.telemetry import configure_logging

USAGE = "usage: python -m sinks consume | migrate | ddl [TABLE]"


def main(arguments: list[str]) -> int:
    """0 fine, 1 failed, 2 usage."""
    match arguments:
        case ["consume"]:
            return _guarded(_consume)
        case ["migrate"]:
            return _guarded(_migrate)
        case ["ddl", *names] if set(names) <= set(TABLES):
            print(";\n\n".join(create_table(TABLES[name]) for name in names or TABLES) + ";")
            return 0
        case ["--help" | "-h" | "help"]:
            print(USAGE)
            return 0
        case _:
            print(USAGE, file=sys.stderr)
            return 2


def _consume(settings: SinkSettings) -> None:
    stop = threading.Event()

    def request_stop(number: int, frame: FrameType | None) -> None:
        stop.set()
        deadline = threading.Timer(settings.sink_stop_timeout_s, _leave)
        deadline.daemon = True
        deadline.start()

    signal.signal(signal.SIGTERM, request_stop)
    signal.signal(signal.SIGINT, request_stop)
    run(settings, stop)


def _leave() -> None:
    """ClickHouse or Kafka hangs: what is not committed is read again at the next start, so leaving now loses nothing."""
    structlog.get_logger(__name__).warning("sink.left_at_deadline")
    os._exit(0)


def _migrate(settings: SinkSettings) -> None:
    report = migrate(settings.clickhouse, settings.generation)
    print(f"{report.database}: {len(report.applied)} files applied, views show generation {report.published}")


def _guarded(command: Callable[[SinkSettings], None]) -> int:
    configure_logging()
    try:
        command(SinkSettings())
    except TrackerError as error:
        structlog.get_logger(__name__).error("sink.failed", kind=type(error).__name__, message=error.message, remedy=error.remedy)
        return 1
    except ValidationError as refused:
        if (wrong := setting_invalid(refused)) is None:
            raise
        print(f"error: {wrong.message}\nremedy: {wrong.remedy}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
