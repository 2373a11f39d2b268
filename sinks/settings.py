"""Settings of the sink, read once from `TRACKER_*`; every unit stands in the name."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.connections import ClickHouseConnection, KafkaConnection, OptionalPort
from sinks.batch import FlushPolicy

_FLUSH = FlushPolicy()


class SinkSettings(BaseSettings):
    """The defaults reach the local stack."""

    model_config = SettingsConfigDict(env_prefix="TRACKER_", frozen=True, extra="ignore")

    kafka_bootstrap: str = Field("127.0.0.1:9092", description="host:port of one or more brokers, separated by commas")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how to talk to Kafka"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(None, description="with SASL only")
    kafka_sasl_username: str | None = Field(None, description="with SASL only")
    kafka_sasl_password: SecretStr | None = Field(None, description="with SASL only")
    kafka_ssl_cafile: str | None = Field(None, description="file of the authority that signed the brokers' certificates")
    clickhouse_host: str = Field("127.0.0.1", description="host of ClickHouse's HTTP interface")
    clickhouse_port: int = Field(8123, ge=1, le=65535, description="port of ClickHouse's HTTP interface")
    clickhouse_user: str = Field("default", description="user that may insert and create")
    clickhouse_password: SecretStr = Field(SecretStr(""), description="its password")
    clickhouse_database: str = Field("tracker", description="database of the views that analysts read; tables lie in <name>_g<generation>")
    clickhouse_secure: bool = Field(False, description="TLS")
    rules_path: Path | None = Field(None, description="rules.yaml; none: the shipped one")
    generation: int = Field(1, ge=1, description="generation whose topic is read and whose tables are filled")
    sink_max_rows: int = Field(_FLUSH.max_rows, ge=1, description="rows after which a batch is written")
    sink_max_bytes: int = Field(_FLUSH.max_bytes, ge=1, description="bytes of frames after which a batch is written; bounds the memory")
    sink_max_age_s: float = Field(_FLUSH.max_age_s, gt=0, description="age after which a batch is written, seconds")
    sink_idle_age_s: float = Field(
        _FLUSH.idle_age_s, gt=0, description="age after which a batch is written when nothing more comes, seconds"
    )
    sink_insert_timeout_s: int = Field(20, ge=1, description="longest wait for the answer to one INSERT, seconds")
    sink_start_timeout_s: float = Field(60.0, gt=0, description="longest wait for Kafka and ClickHouse at the start, seconds")
    sink_stop_timeout_s: float = Field(9.0, gt=0, description="longest time for a clean stop, seconds; what is not stored is read again")
    sink_session_timeout_ms: int = Field(10_000, ge=1000, description="silence after which Kafka gives the partitions to another sink, ms")
    sink_member_id: str | None = Field(None, description="static member of the group: a restart within the session timeout moves nothing")
    sink_health_host: str = Field("127.0.0.1", description="address on which health and metrics are served; they need no password")
    sink_health_port: OptionalPort = Field(0, description="port of /healthz, /readyz and /metrics of the sink; 0: not served")
    sink_stuck_after_s: float = Field(
        300.0,
        gt=0,
        description="time without progress under lag, while services answer, after which the sink ends for a restart, seconds",
    )
    sink_kill_at: str = Field("", description="tests only: name of a kill point, with :n for the n-th time")

    @property
    def kafka(self) -> KafkaConnection:
        return KafkaConnection(
            bootstrap_servers=self.kafka_bootstrap,
            security_protocol=self.kafka_security_protocol,
            sasl_mechanism=self.kafka_sasl_mechanism,
            sasl_username=self.kafka_sasl_username,
            sasl_password=self.kafka_sasl_password,
            ssl_cafile=self.kafka_ssl_cafile,
        )

    @property
    def clickhouse(self) -> ClickHouseConnection:
        return ClickHouseConnection(
            host=self.clickhouse_host,
            port=self.clickhouse_port,
            user=self.clickhouse_user,
            password=self.clickhouse_password,
            database=self.clickhouse_database,
            secure=self.clickhouse_secure,
        )

    @property
    def flush_policy(self) -> FlushPolicy:
        return FlushPolicy(self.sink_max_rows, self.sink_max_bytes, self.sink_max_age_s, self.sink_idle_age_s)
