"""Where the local stack keeps its files, which ports it takes and how much memory it may use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.refused_settings import setting_invalid

HOST: Final = "127.0.0.1"
"""The local stack listens on loopback only, whatever the settings say."""

Port = Annotated[int, Field(ge=1, le=65535)]
OptionalPort = Annotated[int, Field(ge=0, le=65535)]


class LocalSettings(BaseSettings):
    """Read once from `TRACKER_LOCAL_*`; every path is made absolute when it is used."""

    model_config = SettingsConfigDict(env_prefix="TRACKER_LOCAL_", frozen=True, extra="forbid")

    data_dir: Path = Field(default=Path(".tracker"), description="Folder of all files of the local stack: jars, stores, logs, pid files.")
    kafka_libs_dir: Path | None = Field(
        default=None, description="Folder of Kafka's jars, where several stacks share one; default: data_dir/kafka/libs."
    )
    kafka_port: Port = Field(default=9092, description="Port of Kafka's listener for clients.")
    kafka_controller_port: Port = Field(default=9093, description="Port of Kafka's KRaft controller.")
    kafka_heap_mib: int = Field(default=512, ge=128, description="Largest Java heap of Kafka, MiB; it takes about 150 MiB beside it.")
    clickhouse_http_port: Port = Field(default=8123, description="Port of ClickHouse's HTTP interface.")
    clickhouse_native_port: OptionalPort = Field(
        default=0, description="Port of ClickHouse's native protocol (usually 9000); 0: not opened."
    )
    clickhouse_max_memory_mib: int = Field(default=2048, ge=512, description="Most memory that all queries and caches may take, MiB.")
    clickhouse_log_days: int = Field(default=7, ge=1, description="Days for which system.query_log, part_log and error_log are kept.")
    worker_health_port: OptionalPort = Field(default=9180, description="Port of the worker's health page and metrics; 0: not served.")
    sink_health_port: OptionalPort = Field(default=9181, description="Port of the sink's health page and metrics; 0: not served.")
    start_timeout_s: float = Field(default=60.0, gt=0, description="Longest wait for a part to answer after its start, seconds.")
    stop_timeout_s: float = Field(default=25.0, gt=0, description="Longest wait for a clean stop before the part is killed, seconds.")
    download_timeout_s: float = Field(default=900.0, gt=0, description="Longest wait for Maven to fetch Kafka's jars, seconds.")
    roundtrip_timeout_s: float = Field(
        default=60.0, gt=0, description="Longest wait for the event that `up` sends to be read back by SQL, seconds."
    )
    least_free_disk_mib: int = Field(default=2048, ge=0, description="`up` refuses to start with less free space in data_dir, MiB.")

    @property
    def folder(self) -> Path:
        return self.data_dir.expanduser().absolute()

    @property
    def kafka_libs(self) -> Path:
        return (self.kafka_libs_dir or self.folder / "kafka" / "libs").expanduser().absolute()

    @property
    def logs_folder(self) -> Path:
        return self.folder / "logs"

    @property
    def pids_folder(self) -> Path:
        return self.folder / "run"

    @property
    def kafka_bootstrap(self) -> str:
        return f"{HOST}:{self.kafka_port}"

    @property
    def clickhouse_url(self) -> str:
        return f"http://{HOST}:{self.clickhouse_http_port}"


def read_local_settings() -> LocalSettings:
    """Raises SettingInvalid, which names the variable and what it should be, not what it is."""
    try:
        return LocalSettings()
    except ValidationError as refused:
        raise setting_invalid(refused) or refused from refused


def variable(field: str) -> str:
    """The environment variable that sets `field`; for remedies."""
    return f"TRACKER_LOCAL_{field}".upper()
