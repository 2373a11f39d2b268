"""What pydantic refused of the environment, said as the variable, what it should be, and the remedy; never the value."""

from typing import Final

from pydantic import ValidationError

from schemas.errors import SettingInvalid

_CONNECTIONS: Final = {"KafkaConnection": "TRACKER_KAFKA_", "ClickHouseConnection": "TRACKER_CLICKHOUSE_"}
_WHOLE: Final = {"KafkaConnection": "TRACKER_KAFKA_SECURITY_PROTOCOL", "ClickHouseConnection": "TRACKER_CLICKHOUSE_HOST"}
"""What to look at first where the values are refused together."""
_OTHERWISE_NAMED: Final = {"TRACKER_KAFKA_BOOTSTRAP_SERVERS": "TRACKER_KAFKA_BOOTSTRAP"}


def setting_invalid(refused: ValidationError) -> SettingInvalid | None:
    """The first that is wrong; None where something else than settings was refused, which is a defect."""
    first = refused.errors(include_input=False, include_url=False)[0]
    name = _variable(refused.title, ".".join(map(str, first["loc"])))
    if name is None:
        return None
    message = first["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    return SettingInvalid(f"{name}: {message}", setting=name, remedy=f"set it right, or unset {name} for the default")


def _variable(model: str, field: str) -> str | None:
    if model in _CONNECTIONS:
        name = f"{_CONNECTIONS[model]}{field}".upper() if field else _WHOLE[model]
        return _OTHERWISE_NAMED.get(name, name)
    if model == "LocalSettings":
        return f"TRACKER_LOCAL_{field}".upper()
    return f"TRACKER_{field}".upper() if model.endswith("Settings") else None
