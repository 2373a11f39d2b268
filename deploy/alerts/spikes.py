"""`tracker alerts spikes`: the alert about a product, asked of ClickHouse, for no partition sees all returns of one product."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from kafka import KafkaProducer
from kafka.errors import KafkaError

from schemas.alerts import AlertMessage, AlertState, encode_alert
from schemas.connections import ClickHouseConnection, KafkaConnection
from schemas.errors import ServiceUnavailable
from schemas.ids import derived
from schemas.rules import Rules
from schemas.topics import topic_names
from sinks.clickhouse import ClickHouse
from sinks.publish import metrics_database

RULE = "return_spike"
NOBODY = UUID(int=0)
"""The customer of an alert that is about none."""
COLUMNS = ("product_id", "since", "num", "baseline", "value", "reasons", "orders")
SEND_TIMEOUT_S = 30


def spikes(connection: ClickHouseConnection) -> list[dict[str, Any]]:
    """The rows of the view metrics.return_spikes, the worst first."""
    door = ClickHouse(connection, timeout_s=300, database=connection.database)
    try:
        rows = door.ask(
            f"SELECT {', '.join(COLUMNS)} FROM `{metrics_database(connection)}`.return_spikes ORDER BY num DESC, product_id"
        ).rows
    finally:
        door.close()
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def message_of(spike: dict[str, Any], rules: Rules, generation: int, now: datetime) -> AlertMessage:
    """One alert a product and window: windows are counted from 1970 on, so asking every hour says it once."""
    window = timedelta(days=rules.alerts.return_spike.window_days)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    number = (spike["since"].replace(tzinfo=UTC) - epoch) // window
    product = str(spike["product_id"])
    return AlertMessage(
        alert_id=derived("alert", RULE, "product", product, str(number)),
        customer_id=NOBODY,
        state=AlertState.OPEN,
        rule=RULE,
        subject_kind="product",
        subject_id=product,
        raised_at=epoch + number * window,
        fired_at=now,
        detail={name: spike[name] for name in ("num", "baseline", "orders", "reasons")},
        rules_version=rules.version,
        generation=generation,
        version=number,
    )


def say(messages: Sequence[AlertMessage], where: KafkaConnection, generation: int) -> None:
    """Puts them on the topic `alerts`, where followers and the webhook sender find them."""
    try:
        producer = KafkaProducer(**where.client_options(), acks="all", metrics_enabled=False)
        try:
            topic = topic_names(generation).alerts
            sent = [producer.send(topic, encode_alert(message), message.subject_id.encode()) for message in messages]
            for future in sent:
                future.get(timeout=SEND_TIMEOUT_S)
        finally:
            producer.close()
    except (KafkaError, OSError) as why:
        address = where.bootstrap_servers
        remedy = "start it (`tracker up`), or correct TRACKER_KAFKA_BOOTSTRAP"
        raise ServiceUnavailable(f"Kafka at {address}: {type(why).__name__}", service="Kafka", address=address, remedy=remedy) from None
