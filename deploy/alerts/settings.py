"""Settings of the webhook sender, read once from `TRACKER_*`; every unit stands in the name."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.errors import ConfigurationError


class WebhookSettings(BaseSettings):
    """Where alerts go and how patiently; Kafka is found by the settings of a producer."""

    model_config = SettingsConfigDict(env_prefix="TRACKER_", frozen=True, extra="ignore")

    generation: int = Field(1, ge=1, description="generation whose topics are read and written")
    webhook_url: str = Field("", description="where `tracker alerts send` posts alerts, http:// or https://; --to wins")
    webhook_secret: SecretStr = Field(SecretStr(""), description="secret that signs the posts; the receiver has the same")
    webhook_timeout_s: float = Field(10.0, gt=0, description="longest wait for one answer of the receiver, seconds")
    webhook_tries: int = Field(12, ge=1, description="tries for one alert before it is parked")
    webhook_give_up_s: float = Field(900.0, gt=0, description="longest time for all tries of one alert, seconds")
    webhook_first_wait_s: float = Field(0.5, gt=0, description="wait before the second try; it doubles, with jitter, seconds")
    webhook_longest_wait_s: float = Field(120.0, gt=0, description="longest wait between two tries, seconds")
    webhook_max_age_s: float = Field(3_600.0, gt=0, description="what fired longer ago is not posted any more, seconds")

    def target(self, url: str | None) -> str:
        """The receiver's address; ConfigurationError where there is none, or where nothing would be signed."""
        chosen = url or self.webhook_url
        parts = urlsplit(chosen)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            remedy = "give --to https://..., or set TRACKER_WEBHOOK_URL"
            raise ConfigurationError("no address to which alerts could be sent", setting="TRACKER_WEBHOOK_URL", remedy=remedy)
        if not self.webhook_secret.get_secret_value():
            remedy = "set TRACKER_WEBHOOK_SECRET to a long random text that the receiver knows as well"
            raise ConfigurationError("no secret to sign alerts with", setting="TRACKER_WEBHOOK_SECRET", remedy=remedy)
        return chosen
