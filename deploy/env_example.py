"""Makes deploy/env.example out of the settings classes: `python -m deploy.env_example > deploy/env.example`. A test compares the two."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from deploy.alerts.settings import WebhookSettings
from deploy.settings import LocalSettings
from sinks.settings import SinkSettings
from streams.producer_settings import ProducerSettings
from streams.settings import WorkerSettings

READERS: Final[dict[str, type[BaseSettings]]] = {
    "worker": WorkerSettings,
    "sink": SinkSettings,
    "producer": ProducerSettings,
    "webhook": WebhookSettings,
    "local stack": LocalSettings,
}
"""Who reads which class, in the order of the file; a variable stands where it is read first."""

HEAD: Final = """\
# Every setting with its default; each may be left out. Who reads it stands in brackets.
# Made from the code: python -m deploy.env_example > deploy/env.example
"""
FOR_TESTS: Final = "tests only"


def variables(settings: type[BaseSettings]) -> Iterator[tuple[str, str, str]]:
    """Name, default as it would be written, and description; what only tests set is left out."""
    for name, field in settings.model_fields.items():
        description = field.description or ""
        if not description.startswith(FOR_TESTS):
            yield f"{settings.model_config['env_prefix']}{name}".upper(), _written(field.default), description


def _written(default: Any) -> str:
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    return "" if default is None else str(default)


def env_example() -> str:
    """The whole file. A variable of several programs stands once and names them all."""
    readers: dict[str, list[str]] = {}
    first: dict[str, tuple[str, str]] = {}
    for reader, settings in READERS.items():
        for name, default, description in variables(settings):
            readers.setdefault(name, []).append(reader)
            first.setdefault(name, (default, description))
    return HEAD + "".join(
        f"\n# {description} [{', '.join(readers[name])}]\n#{name}={default}\n" for name, (default, description) in first.items()
    )


if __name__ == "__main__":
    sys.stdout.write(env_example())
