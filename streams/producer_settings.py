"""Settings of a producer, read once from `TRACKER_*`; every unit stands in the name."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.connections import KafkaConnection


class ProducerSettings(BaseSettings):
    """The defaults reach the local stack, and keep nothing on disk."""

    model_config = SettingsConfigDict(env_prefix="TRACKER_", frozen=True, extra="ignore")

    kafka_bootstrap: str = Field("127.0.0.1:9092", description="host:port of one or more brokers, separated by commas")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how to talk to Kafka"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(None, description="with SASL only")
    kafka_sasl_username: str | None = Field(None, description="with SASL only")
    kafka_sasl_password: SecretStr | None = Field(None, description="with SASL only")
    kafka_ssl_cafile: str | None = Field(None, description="file of the authority that signed the brokers' certificates")
    producer_source: str = Field("shell", description="the sending system, where an event names none")
    producer_spool_dir: Path | None = Field(None, description="folder in which events wait while Kafka is away; none: they wait in memory")
    producer_spool_mib: int = Field(256, ge=1, description="most that may wait in that folder, MiB")
    import_state_dir: Path = Field(Path(".tracker/imports"), description="folder in which imports note how far they came")

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
