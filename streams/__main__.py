"""`python -m streams worker`: runs a worker with the settings of the environment."""

import asyncio
import signal
import sys

from pydantic import ValidationError

from schemas.errors import TrackerError
from schemas.refused_settings import setting_invalid
from streams.run import run_worker
from streams.settings import WorkerSettings
from streams.telemetry import set_up_logging


def main(arguments: list[str]) -> int:
    """0 after a clean stop, 1 after a defect or where Kafka is not there, 2 for wrong usage."""
    if arguments != ["worker"]:
        print("usage: python -m streams worker", file=sys.stderr)
        return 2
    set_up_logging()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the worker listens itself, both signals end it the same way
    try:
        return asyncio.run(run_worker(WorkerSettings()))
    except KeyboardInterrupt:
        return 0  # nothing was begun yet
    except ValidationError as refused:
        if (wrong := setting_invalid(refused)) is None:
            raise
        print(f"error: {wrong.message}\nremedy: {wrong.remedy}", file=sys.stderr)
        return 2
    except TrackerError as why:
        print(f"error: {why.message}\nremedy: {why.remedy}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
