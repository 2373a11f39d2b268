"""The one door to clickhouse-connect: connects, inserts, asks; the driver's errors become those of this project here."""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import HTTPError

from schemas.connections import ClickHouseConnection
from schemas.errors import ServiceUnavailable
from schemas.tables import Table
from sinks.errors import QueryRefused, RowsRefused
from sinks.refusals import COME_AGAIN, ROW_AT_FAULT, remedy_of
from sinks.rows import Body
from sinks.statements import insert_statement

CONNECT_TIMEOUT_S: Final = 5
logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())  # else a program without logging shows its lines bare
_UNREACHED: Final = re.compile(r"\[Errno -?\d+\] ([^\"')]+)|Read timed out|timed out")
_INSERT: Final[Mapping[str, Any]] = {
    "async_insert": 0,  # stored when it answers
    "optimize_on_insert": 0,  # a batch holds each row once already
    "input_format_null_as_default": 0,  # a null in a column that knows none is refused, not turned into 1970
    "max_partitions_per_insert_block": 0,  # a batch may hold touchpoints of any year
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Columns and rows of a query, as Python values."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


class ClickHouse:
    """Connects at the first use, and again after an outage. `timeout_s` bounds the wait for each answer."""

    def __init__(self, connection: ClickHouseConnection, *, timeout_s: int = 60, database: str | None = None) -> None:
        self._connection, self._timeout_s, self._database = connection, timeout_s, database
        self._client: Client | None = None

    def command(self, sql: str, settings: Mapping[str, Any] | None = None) -> None:
        with self._translated() as client:
            client.command(sql, settings=dict(settings or {}))

    def ask(self, sql: str, settings: Mapping[str, Any] | None = None) -> Answer:
        with self._translated() as client:
            result = client.query(sql, settings=dict(settings or {}))
            return Answer(tuple(result.column_names), result.result_rows)

    def insert_packed(self, target: str, body: bytes, settings: Mapping[str, Any]) -> None:
        """`target`: what stands between INSERT INTO and FORMAT."""
        with self._translated(inserting=True) as client:
            client.raw_insert(target, insert_block=body, settings={**_INSERT, **settings}, fmt="MsgPack")

    def client(self) -> Client:
        """The driver's client, for `sinks.migrate` alone; the driver's own errors come out of it."""
        if self._client is None:
            c = self._connection
            self._client = clickhouse_connect.get_client(
                host=c.host,
                port=c.port,
                username=c.user,
                password=c.password.get_secret_value(),
                database=self._database or "default",
                secure=c.secure,
                compress=False,
                connect_timeout=CONNECT_TIMEOUT_S,
                send_receive_timeout=self._timeout_s,
                query_retries=0,
                autogenerate_session_id=False,
                client_name="tracker",
            )
        return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    @contextmanager
    def _translated(self, *, inserting: bool = False) -> Iterator[Client]:
        try:
            yield self.client()
        except (ClickHouseError, HTTPError, OSError) as error:
            raise self.translate(error, inserting=inserting) from error

    def translate(self, error: Exception, *, inserting: bool = False) -> ServiceUnavailable | RowsRefused | QueryRefused:
        """The driver's error as one of ours. Without a code of the server's the server was not reached."""
        code = getattr(error, "code", None)
        text = _server_text(error)
        if code is None or code in COME_AGAIN:
            address = f"{self._connection.host}:{self._connection.port}"
            remedy = "start it (`tracker up`) or set TRACKER_CLICKHOUSE_HOST and TRACKER_CLICKHOUSE_PORT"
            return ServiceUnavailable(f"ClickHouse at {address}: {text}", service="ClickHouse", address=address, remedy=remedy)
        if inserting and code in ROW_AT_FAULT:
            return RowsRefused("", text)
        return QueryRefused(f"ClickHouse refused: {text}", code=code, remedy=remedy_of(code))


class ClickHouseStore:
    """The store of one generation."""

    def __init__(self, door: ClickHouse, database: str) -> None:
        self._door, self._database = door, database
        self._targets: dict[str, str] = {}

    def insert(self, table: Table, bodies: Sequence[Body], token: str) -> None:
        target = self._targets.get(table.name) or self._targets.setdefault(table.name, insert_statement(self._database, table))
        self._door.insert_packed(target, b"".join(bodies), {"insert_deduplication_token": token})


def tables_database(connection: ClickHouseConnection, generation: int) -> str:
    """Where the tables of a generation lie; `connection.database` holds the views."""
    return f"{connection.database}_g{generation}"


def _server_text(error: Exception) -> str:
    """The server's message in one line, without the driver's words around it; where it was not reached, the system's word for why."""
    text = " ".join(str(error).split())
    if getattr(error, "code", None) is None and (unreached := _UNREACHED.search(text)) is not None:
        return unreached[1] or unreached[0]
    _, found, server = text.partition("server response: ")
    text = server if found else text
    return text.removesuffix(")").split(" (for url ")[0][:1000] if text else type(error).__name__
