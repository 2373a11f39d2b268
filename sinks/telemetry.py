"""Log lines of the sink: one JSON object each on stderr, constant event names, ids and counts, never a value of a row."""

import logging
import sys

import structlog


def configure_logging() -> None:
    """Once, at the start of the process."""
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format='{"event": "library", "logger": "%(name)s", "message": "%(message)s"}'
    )
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
