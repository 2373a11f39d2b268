"""A mapping file: how the rows of a foreign file become events. The language is described in docs/importing.md."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from typing_extensions import TypeAliasType

from deploy.importer.errors import MappingInvalid
from schemas.fields import Source
from schemas.touchpoints import EVENT_TYPES

Format = Literal["csv", "ndjson", "parquet"]
Value = TypeAliasType("Value", "str | int | float | bool | list[Value] | dict[str, Value] | None")
"""A text is a JMESPath expression, other scalars stand for themselves; `{constant: X}` and `{each: LIST, as: VALUE}` are special."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class TimeColumn(_Part):
    """time: iso, unix_s, unix_ms or a strptime pattern, or several of which the first that fits counts. zone: IANA name, for times
    without an offset."""

    time: str | tuple[str, ...]
    zone: str = "UTC"


class DecimalColumn(_Part):
    """Which signs the source writes; the event gets digits and a point. places: round to so many (half to even)."""

    decimal: Literal["point", "comma"] = "point"
    thousands: str = ""
    places: int | None = Field(None, ge=0, le=6)


Column = Literal["text", "integer", "decimal", "number", "boolean", "json", "time"] | TimeColumn | DecimalColumn
Columns = dict[str, Column]


class Csv(_Part):
    """How a CSV file is written. encoding: one or several, tried line by line. header: the names, where the file has none."""

    delimiter: str = Field(",", min_length=1, max_length=1)
    quote: str = Field('"', min_length=1, max_length=1)
    encoding: str | tuple[str, ...] = "utf-8-sig"
    header: tuple[str, ...] = ()


class Table(_Part):
    """Another file beside the imported one (of several names the first that is there), held in memory, for `lookup('name', key)`."""

    file: str | tuple[str, ...]
    key: str
    columns: Columns = {}
    csv: Csv = Csv()


class Group(_Part):
    """Rows with equal `by` become one record. They stand one after the other; where they do not, `sort` names the columns that the
    rows are sorted by first (as text; the last of them should be those of `by`)."""

    by: tuple[str, ...] = Field(min_length=1)
    sort: tuple[str, ...] = ()


class EventMapping(_Part):
    """One event per row or group for which `when` holds. key: expressions that name the event for good."""

    type: str
    when: str | None = None
    key: tuple[str, ...] = ()
    occurred_at: str
    identities: dict[str, Value] = {}
    payload: dict[str, Value] = {}
    fields: dict[str, Value] = {}

    @model_validator(mode="after")
    def _type_is_known(self) -> EventMapping:
        if self.type not in EVENT_TYPES:
            raise ValueError("no event type of the catalogue (tracker schema list)")
        return self


class Mapping(_Part):
    """The whole file."""

    version: Literal[1]
    about: str = ""
    source: Source
    format: Format | None = None
    csv: Csv = Csv()
    columns: Columns = {}
    tables: dict[str, Table] = {}
    group: Group | None = None
    when: str | None = None
    define: dict[str, Value] = {}
    events: Annotated[tuple[EventMapping, ...], Field(min_length=1)]


def load_mapping(path: Path) -> Mapping:
    """Raises MappingInvalid, which names the place in the file."""
    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as why:
        raise MappingInvalid("", f"{path} cannot be read: {why.strerror}", "give the path of a mapping file to --mapping") from why
    except yaml.YAMLError as why:
        raise MappingInvalid("", f"{path} is no YAML: {' '.join(str(why).split())}", "correct the place that is named") from why
    return mapping_of(document)


def mapping_of(document: object) -> Mapping:
    """The same for what is already parsed."""
    try:
        return Mapping.model_validate(document)
    except ValidationError as why:
        first = why.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise MappingInvalid(place, first["msg"], "docs/importing.md describes every part of a mapping") from why
