"""How to reach Kafka and ClickHouse: plain shapes, filled by the settings of whoever connects."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

Port = Annotated[int, Field(ge=1, le=65535)]
OptionalPort = Annotated[int, BeforeValidator(lambda given: given or 0), Field(ge=0, le=65535)]
"""0, or nothing: none."""


class _Connection(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KafkaConnection(_Connection):
    """The defaults reach the local stack."""

    bootstrap_servers: str = Field("127.0.0.1:9092", min_length=1, description="host:port of one or more brokers, separated by commas")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_cafile: str | None = Field(None, description="file of the authority that signed the brokers' certificates")
    ssl_certfile: str | None = Field(None, description="file of our own certificate, where the brokers ask for one")
    ssl_keyfile: str | None = Field(None, description="file of its key")

    @model_validator(mode="after")
    def _sasl_is_complete(self) -> Self:
        wants = self.security_protocol.startswith("SASL")
        has = None not in (self.sasl_mechanism, self.sasl_username, self.sasl_password)
        if wants and not has:
            raise ValueError(f"{self.security_protocol} needs sasl_mechanism, sasl_username and sasl_password")
        return self

    def client_options(self) -> dict[str, object]:
        """As kafka-python names them, without what is not set."""
        options: dict[str, object] = {
            "bootstrap_servers": [server.strip() for server in self.bootstrap_servers.split(",")],
            "security_protocol": self.security_protocol,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.sasl_username,
            "sasl_plain_password": self.sasl_password.get_secret_value() if self.sasl_password else None,
            "ssl_cafile": self.ssl_cafile,
            "ssl_certfile": self.ssl_certfile,
            "ssl_keyfile": self.ssl_keyfile,
        }
        return {name: value for name, value in options.items() if value is not None}


class ClickHouseConnection(_Connection):
    """Over HTTP. The defaults reach the local stack."""

    host: str = Field("127.0.0.1", min_length=1)
    port: Port = 8123
    user: str = "default"
    password: SecretStr = SecretStr("")
    database: str = Field("tracker", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="where analysts read")
    secure: bool = Field(False, description="TLS")
