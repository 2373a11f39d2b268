"""Where the commands about who is who look: the log of links in Kafka, the views in ClickHouse, secret and rules of the settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from deploy.cli.output import notice

if TYPE_CHECKING:
    from deploy.who.link_log import LinkLogReader
    from deploy.who.sight import Ask
    from deploy.who.why import Answer


def answered(words: tuple[str, str], source: Any, show_personal: bool, as_of: datetime | None = None) -> Answer:
    """`source` is a log or a reader of it."""
    from deploy.who.link_log import LinkLog
    from deploy.who.sight import Sight, look
    from deploy.who.why import answer
    from schemas.errors import ServiceUnavailable
    from sinks.errors import QueryRefused

    def sight(tokens: set[bytes], events: set[bytes]) -> Sight:
        try:
            with clickhouse() as ask:
                return look(ask, tokens, events, show_personal)
        except (ServiceUnavailable, QueryRefused) as away:
            notice(f"without event types and values: {away.message}")
            return Sight({}, {}, show_personal)

    log = source if isinstance(source, LinkLog) else source.read()
    return answer(words, log, *secret_and_rules(), sight, as_of)


def secret_and_rules() -> tuple[bytes, Any]:
    """The secret of the installation's tokens, and its rules."""
    from streams.rules_file import load_rules
    from streams.settings import WorkerSettings

    settings = WorkerSettings()
    return settings.identity_key.get_secret_value().encode(), load_rules(settings.rules_path)


def kafka_at(bootstrap: str | None) -> Any:
    """The connection of the settings, to another address where one is given."""
    from streams.producer_settings import ProducerSettings

    connection = ProducerSettings().kafka
    return connection if bootstrap is None else connection.model_copy(update={"bootstrap_servers": bootstrap})


@contextmanager
def reader_of(bootstrap: str | None) -> Iterator[LinkLogReader]:
    """Closed afterwards."""
    from deploy.who.link_log import LinkLogReader
    from schemas.topics import topic_names
    from streams.settings import WorkerSettings

    reader = LinkLogReader(kafka_at(bootstrap), topic_names(WorkerSettings().generation).links)
    try:
        yield reader
    finally:
        reader.close()


@contextmanager
def clickhouse() -> Iterator[Ask]:
    """Asks the views that analysts read."""
    from sinks.clickhouse import ClickHouse
    from sinks.settings import SinkSettings

    connection = SinkSettings().clickhouse
    door = ClickHouse(connection, database=connection.database)
    try:
        yield lambda sql: door.ask(sql).rows
    finally:
        door.close()
