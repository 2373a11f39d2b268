"""Every error of the project in one tree; data as attributes, a remedy in words, never personal data.

TrackerError
├── Retryable                 the same call may succeed later
│   └── ServiceUnavailable    Kafka or ClickHouse does not answer (service, address)
└── Fatal                     the same call will fail again until somebody changes something
    ├── ConfigurationError    a setting is missing or contradicts another (setting)
    │   └── SettingInvalid    a value in the environment is none that the setting takes; exit code 2
    ├── RulesInvalid          rules.yaml cannot be used (field)
    ├── TopicInvalid          a topic exists with another shape than the catalogue asks (topic, field)
    ├── ReleaseBroken         a shipped event schema changed in a way that old events do not survive (event_type)
    └── EventInvalid          an event cannot be sent or accepted (field, kind)
        └── ValueRefused      one value has no normal form; also a ValueError, so that pydantic reports its field
            └── IdentityRefused  the value was to say who somebody is
"""


class TrackerError(Exception):
    """`remedy` says what to do about it; every further keyword becomes an attribute."""

    def __init__(self, message: str, *, remedy: str = "", **attributes: object) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        for name, value in attributes.items():
            setattr(self, name, value)

    def __str__(self) -> str:
        return f"{self.message} ({self.remedy})" if self.remedy else self.message


class Retryable(TrackerError):
    """Wait and do the same again."""


class Fatal(TrackerError):
    """Repeating does not help."""


class ServiceUnavailable(Retryable):
    """`service` is "Kafka" or "ClickHouse"; `address` is where it was looked for."""

    service: str
    address: str

    def __init__(self, message: str, *, service: str, address: str, remedy: str) -> None:
        super().__init__(message, remedy=remedy, service=service, address=address)


class ConfigurationError(Fatal):
    """`setting` is the name as it stands in the environment or on the command line."""

    setting: str

    def __init__(self, message: str, *, setting: str, remedy: str) -> None:
        super().__init__(message, remedy=remedy, setting=setting)


class SettingInvalid(ConfigurationError):
    """Found before anything was started."""


class RulesInvalid(Fatal):
    """`field` is the dotted path inside rules.yaml."""

    field: str

    def __init__(self, message: str, *, field: str, remedy: str) -> None:
        super().__init__(message, remedy=remedy, field=field)


class TopicInvalid(Fatal):
    """`field` is `partitions` or the name of a topic configuration."""

    topic: str
    field: str

    def __init__(self, message: str, *, topic: str, field: str, remedy: str) -> None:
        super().__init__(message, remedy=remedy, topic=topic, field=field)


class ReleaseBroken(Fatal):
    """Raised before a changed schema overwrites a shipped one."""

    event_type: str

    def __init__(self, message: str, *, event_type: str, remedy: str) -> None:
        super().__init__(message, remedy=remedy, event_type=event_type)


class EventInvalid(Fatal):
    """`field` is a path such as `identities[0].value`; `kind` says what was found (a string, null, nothing), never the value."""

    field: str
    kind: str

    def __init__(self, field: str, kind: str, remedy: str) -> None:
        super().__init__(f"{field}: {kind}" if field else kind, remedy=remedy, field=field, kind=kind)


class ValueRefused(EventInvalid, ValueError):
    """Raised by `schemas.normalise`, which knows the value but not always the field that it stood in (`field` is then empty)."""

    def __init__(self, kind: str, remedy: str, field: str = "") -> None:
        super().__init__(field, kind, remedy)


class IdentityRefused(ValueRefused):
    """Raised by `schemas.identities`."""
