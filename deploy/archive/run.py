"""The commands' side: settings of the environment, one call at a time on a folder, a bar on a terminal."""

import threading
from collections.abc import Callable
from pathlib import Path

from deploy.archive.log import raw_log
from deploy.archive.restoring import Restored
from deploy.archive.restoring import restore as send_back
from deploy.archive.verifying import Verified
from deploy.archive.verifying import verify as read_again
from deploy.archive.writing import Written, archive
from deploy.local.lock import alone
from deploy.rebuild.progress import progress_for
from schemas.errors import Retryable
from streams.clock import SYSTEM_CLOCK
from streams.settings import WorkerSettings


def archive_once(folder: Path) -> Written:
    """Up to the ends of now; the folder is made where it is not there."""
    settings, progress = WorkerSettings(), progress_for(SYSTEM_CLOCK)
    try:
        with alone(folder), raw_log(settings.kafka) as log:
            return archive(
                log, folder, settings.identity_key.get_secret_value().encode(), lambda n, of: progress.update("archiving", n, of)
            )
    finally:
        progress.close()


def following(folder: Path, every_s: float, notify: Callable[[str], None]) -> None:
    """For ever; while Kafka is away it waits."""
    pause = threading.Event()
    while not pause.wait(0):
        try:
            report = archive_once(folder)
            if report.records:
                notify(f"{report.records:,} records in {report.files} new files")
        except Retryable as why:
            notify(f"waiting: {why.message}")
        pause.wait(every_s)


def verify_all(folder: Path) -> Verified:
    progress = progress_for(SYSTEM_CLOCK)
    try:
        return read_again(folder, lambda done, of: progress.update("verifying", done, of))
    finally:
        progress.close()


def restore_all(folder: Path) -> tuple[Restored, ...]:
    """To the Kafka of the settings."""
    settings, progress = WorkerSettings(), progress_for(SYSTEM_CLOCK)
    try:
        with raw_log(settings.kafka) as log:
            return send_back(log, settings.kafka, folder, settings.identity_key.get_secret_value().encode(), progress.update)
    finally:
        progress.close()
