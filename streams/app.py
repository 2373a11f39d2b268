"""The Faust app of a worker: its settings, its transport, its chunks. Nothing is made at import."""

from typing import Any

import faust

from schemas.connections import KafkaConnection
from schemas.topics import Topics
from streams.chunks import chunk_scheduler
from streams.outbox import aiokafka_options
from streams.settings import WorkerSettings
from streams.transport import NoTables, Positions, StoreTransport

BUFFERED_CHUNKS = 24
FETCH_BYTES = 384 * 1024
"""From one partition at once: small, so that all partitions come on evenly in time. A larger frame still comes, alone."""


class TrackerApp(faust.App):
    """`store_positions` is set by the composition root before the app starts."""

    store_positions: Positions


def build_app(settings: WorkerSettings, topics: Topics) -> TrackerApp:
    """Consumes, assigns, calls agents. Durability is not left to it."""
    app = TrackerApp(
        f"tracker-worker.g{settings.generation}",
        broker=f"kafka://{settings.kafka_bootstrap}",
        consumer_group_instance_id=settings.worker_id,
        broker_credentials=_credentials(settings.kafka),
        store="memory://",
        ConsumerScheduler=chunk_scheduler({topics.raw: settings.worker_raw_chunk, topics.resolved: settings.worker_resolved_chunk}),
        TableManager=NoTables,
        stream_buffer_maxsize=BUFFERED_CHUNKS,
        broker_max_poll_records=12 * settings.worker_raw_chunk,
        broker_session_timeout=settings.worker_session_timeout_s,
        broker_heartbeat_interval=settings.worker_session_timeout_s / 3,
        broker_commit_interval=1.0,
        consumer_max_fetch_size=FETCH_BYTES,
        consumer_auto_offset_reset="earliest",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        stream_wait_empty=False,
        worker_redirect_stdouts=False,
        datadir=str(settings.home / "faust"),
    )
    app.transport = StoreTransport(app.conf.broker_consumer, app, loop=app.loop)
    return app


def _credentials(where: KafkaConnection) -> Any:
    options = aiokafka_options(where)
    if where.sasl_password is not None:
        return faust.SASLCredentials(
            mechanism=where.sasl_mechanism,
            username=where.sasl_username,
            password=where.sasl_password.get_secret_value(),
            ssl_context=options.get("ssl_context"),
        )
    return faust.SSLCredentials(options["ssl_context"]) if "ssl_context" in options else None
