"""Settings of a worker, read once from `TRACKER_*`; every unit stands in the name."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.connections import KafkaConnection, OptionalPort
from streams.core.rejects import RejectLimits

OptionalFolder = Annotated[Path | None, BeforeValidator(lambda given: given or None)]
"""An empty variable names none; it would be the current folder otherwise."""


class WorkerSettings(BaseSettings):
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
    generation: int = Field(1, ge=1, description="generation whose topics are read and written")
    worker_id: str = Field("worker-1", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", description="name of this worker, its own at any time")
    worker_state_dir: Path = Field(Path(".tracker/worker"), description="folder of the local stores; each worker has its own inside")
    worker_copies_dir: OptionalFolder = Field(
        None, description="folder that all workers share, for saved copies of their stores, so that a lost disk costs little; none: off"
    )
    worker_copy_every_s: float = Field(600.0, gt=0, description="time between two saved copies of a store, seconds")
    worker_cache_mib: int = Field(64, ge=8, description="block cache that all stores share, MiB")
    worker_identities_in_memory: int = Field(400_000, ge=1_000, description="identities kept decoded; beyond them they are read from disk")
    worker_raw_chunk: int = Field(2_000, ge=1, description="records of raw that are admitted at once")
    worker_resolved_chunk: int = Field(8, ge=1, description="frames that are stitched at once")
    worker_session_timeout_s: float = Field(
        10.0, ge=6, description="silence after which another worker gets the partitions, seconds; brokers refuse less than 6"
    )
    worker_start_timeout_s: float = Field(60.0, gt=0, description="longest wait for Kafka and the topics at the start, seconds")
    worker_hole_after_s: float = Field(60.0, gt=0, description="age at which a range of raw without ledger is read again, seconds")
    worker_tick_s: float = Field(1.0, gt=0, description="time between two looks for clocks that end and alerts that fire, seconds")
    worker_tick_delay_s: float = Field(
        2.0, ge=0, description="so much later than they are due clocks end, so that what is on its way arrives first, seconds"
    )
    worker_health_host: str = Field("127.0.0.1", description="address on which health and metrics are served; they need no password")
    worker_health_port: OptionalPort = Field(0, description="port of /healthz, /readyz and /metrics of the worker; 0: not served")
    worker_stuck_after_s: float = Field(
        180.0, gt=0, description="time without progress under lag, while Kafka answers, after which the worker ends for a restart, seconds"
    )
    worker_reject_run: int = Field(500, ge=0, description="rejects in a row at which a partition of raw stops loudly; 0: never")
    worker_reject_share: float = Field(
        0.8, ge=0, le=1, description="share of rejects among the last records at which a partition of raw stops loudly; 0: never"
    )
    worker_reject_window: int = Field(1_000, ge=1, le=100_000, description="records over which that share is taken; fewer stop nothing")
    worker_kill_at: str = Field("", description="tests only: name of a kill point, with :n for the n-th time")
    rules_path: Path | None = Field(None, description="rules.yaml; none: the shipped one")
    identity_key: SecretStr = Field(
        SecretStr("local development only"), description="secret from which identity tokens are made; the same for all workers, for ever"
    )

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
    def reject_limits(self) -> RejectLimits:
        return RejectLimits(self.worker_reject_run, self.worker_reject_share, self.worker_reject_window)

    @property
    def home(self) -> Path:
        """The folder of this worker's stores."""
        return generation_folder(self.worker_state_dir, self.generation) / self.worker_id

    @property
    def copies(self) -> Path | None:
        """The folder of the generation's saved copies; None where none are kept."""
        return None if self.worker_copies_dir is None else generation_folder(self.worker_copies_dir, self.generation)


def generation_folder(folder: Path, generation: int) -> Path:
    """Where the stores of a generation lie, or their copies: `touchpoints.raw` has the same name in all."""
    return folder / f"g{generation}"
