"""Log lines of the sink: one JSON object each on stderr, constant event names, ids and counts, never a value of a row."""

import json
import logging
import sys
import time
from typing import Final

import structlog

QUIET_S: Final = 60.0
"""A library's line that says the same again is dropped for so long: kafka-python tells of an absent broker five times a second."""


class _OnceInAWhile(logging.Filter):
    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        said, now = (record.name, str(record.msg)), time.monotonic()
        if now - self._said.get(said, -QUIET_S) < QUIET_S:
            return False
        self._said[said] = now
        return True


class _AsJson(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {"event": "library", "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        return json.dumps(line, ensure_ascii=False)


def configure_logging() -> None:
    """Once, at the start of the process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_AsJson())
    handler.addFilter(_OnceInAWhile())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
