"""What tables are made of: columns with their roles, types and comments, and the columns that several tables share."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["key", "content", "arrival"]

UUID_T, TIME, TIME_N = "UUID", "DateTime64(3, 'UTC')", "Nullable(DateTime64(3, 'UTC'))"
WORD, TEXT, MONEY, MONEY_N = "LowCardinality(String)", "String", "Decimal(18, 4)", "Nullable(Decimal(18, 4))"
COUNT, MS_N, SCORE_N, FLAG, WORDS = "UInt32", "Nullable(Int64)", "Nullable(Float64)", "Bool", "Array(LowCardinality(String))"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `comment` says meaning and unit and becomes the COMMENT in ClickHouse; `personal` may name a person."""

    name: str
    type: str
    role: Role
    comment: str
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `columns` are those that travel. The sink adds `is_deleted` and `ingested_at`; `order_by` is the sorting key."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    order_by: tuple[str, ...]
    partition_by: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of the key columns, in the order in which a withdrawal carries their values."""
        return tuple(c.name for c in self.columns if c.role == "key")


def key(name: str, type_: str, comment: str) -> Column:
    return Column(name, type_, "key", comment)


def content(name: str, type_: str, comment: str, *, personal: bool = False) -> Column:
    return Column(name, type_, "content", comment, personal)


def arrival(name: str, type_: str, comment: str) -> Column:
    return Column(name, type_, "arrival", comment)


TRAITS = (
    content("utm_source", TEXT, "utm_source of its first touchpoint with a utm_source or utm_medium"),
    content("utm_medium", TEXT, "utm_medium of that same touchpoint"),
    content("click_kinds", WORDS, "names of the customer's click ids, e.g. gclid, in order of first appearance; the first 20"),
    content("device_class", WORD, "device of the customer's first act that has one"),
    content("device_classes", WORDS, "devices of the customer's acts, in order of first appearance; the first 10"),
    content("locale", WORD, "BCP 47, of the customer's first act that has one"),
    content("country", WORD, "ISO 3166, of the customer's first act that has one"),
    content("categories", WORDS, "product categories viewed, ordered or otherwise named, in order of first appearance; the first 50"),
)
"""By what sessions and journeys can be segmented. In sessions only acts of the customer count, as for their campaign; in journeys
campaign, utm and categories come from touchpoints of any actor."""
CUSTOMER = key("customer_id", UUID_T, "the customer that we derived; see `identities`")
VERSION = arrival("version", "UInt64", "offset of the record that made this version of the row; the greatest wins")
RULES = content("rules_version", "UInt16", "version of rules.yaml that shaped the row")
