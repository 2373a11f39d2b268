"""Where the rows of all peers land: three tables in a database of each peer's own, written in columns and batches."""

import os
from collections.abc import Iterable
from typing import Any

import clickhouse_connect

from deploy.bench.peers.job import Row

COLUMNS = {
    "touchpoints": ["customer", "occurred_at", "event_id", "event_type", "source", "payload", "version"],
    "sessions": ["customer", "started_at", "ended_at", "touchpoint_count", "version"],
    "journeys": ["customer", "opened_at", "last_touch_at", "touchpoint_count", "session_count", "version"],
}
KEYS = {"touchpoints": 3, "sessions": 2, "journeys": 2}
"""Leading columns that name a row."""
BATCH = 5_000
"""Events after which a peer writes."""


class Sink:
    """Keeps the newest row of each key until it is told to write."""

    def __init__(self, client: Any = None) -> None:
        self.client = client or clickhouse_connect.get_client(
            host=os.environ["BENCH_CLICKHOUSE_HOST"], port=int(os.environ["BENCH_CLICKHOUSE_PORT"]), database=os.environ["BENCH_DATABASE"]
        )
        self.waiting: dict[str, dict[Row, Row]] = {table: {} for table in COLUMNS}
        self.events = 0

    def add(self, rows: dict[str, Row]) -> None:
        """The rows of one event."""
        for table, row in rows.items():
            self.waiting[table][row[: KEYS[table]]] = row
        self.events += 1

    @property
    def is_full(self) -> bool:
        return self.events >= BATCH

    def write(self) -> None:
        """Inserts what waits."""
        for table, rows in self.waiting.items():
            if rows:
                self.client.insert(table, _columns(rows.values()), column_names=COLUMNS[table], column_oriented=True)
                rows.clear()
        self.events = 0


def _columns(rows: Iterable[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
