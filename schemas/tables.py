"""The catalogue of ClickHouse tables: one description from which rows, migrations, comments and fingerprints follow.

`streams` builds rows in the order of these columns, `sinks` writes them; nobody else lists columns. On the wire a value is

    UUID            bytes, 16, big-endian          Decimal(18, 4)   int, ten-thousandths
    DateTime64(3)   int, milliseconds UTC          Array(T)         list of T
    String          str                            Bool             bool
    Int / Float     int / float                    Nullable(T)      None or T

Roles: `key` names the row for ever (a withdrawal carries the keys alone); `content` follows from the set of accepted events and the
rules, so it enters `tracker fingerprint`; `arrival` depends on how and when events came, so it does not.
"""

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


CUSTOMER = key("customer_id", UUID_T, "the customer that we derived; see `identities`")
VERSION = arrival("version", "UInt64", "offset of the record that made this version of the row; the greatest wins")
RULES = content("rules_version", "UInt16", "version of rules.yaml that shaped the row")

TOUCHPOINTS = Table(
    "touchpoints",
    "one row for each accepted touchpoint of a customer",
    (
        CUSTOMER,
        key("occurred_at", TIME, "when it happened, by the source's clock, UTC, ms"),
        key("event_id", UUID_T, "id of the event; a resend has the same"),
        content("event_type", WORD, "what happened, e.g. order.placed"),
        content("schema_version", "UInt16", "version of the payload as sent"),
        content("source", WORD, "the sending system"),
        content("channel", WORD, "the medium, closed list"),
        content("stage", WORD, "stage of the journey at that moment, by rules.yaml"),
        content("scope", WORD, "support, service or experience: the innermost that applies"),
        content("owner", WORD, "team in charge"),
        content("actor", WORD, "who acted: customer, representative, bot, system"),
        content("environment", WORD, "production, test or internal; only the first enters sessions, journeys and metrics"),
        content("is_bot", FLAG, "made by a crawler; kept out of sessions, journeys and metrics"),
        content("sequence", MS_N, "the source's own order within one instant"),
        content("session_id", "Nullable(UUID)", "the session that it belongs to; null where no session was open"),
        content("journey_id", "Nullable(UUID)", "the journey that it belongs to; null outside production"),
        content("sentiment", SCORE_N, "-1 (bad) to 1 (good), by the sentiment rules; null where nobody can tell"),
        content("sentiment_by", WORD, "who judged: customer, representative, model or rule"),
        content("is_bad", FLAG, "a bad experience by rules.yaml"),
        content("effort", "Nullable(UInt8)", "effort as told by the customer, 1 (low) to 7"),
        content("cause", WORD, "people, process or product; empty where not given"),
        content("outcome", WORD, "succeeded, failed or abandoned; empty where not given"),
        content("amount", MONEY_N, "amount of money of this touchpoint, in `currency`"),
        content("currency", WORD, "ISO 4217, empty without an amount"),
        content("order_id", TEXT, "order that it belongs to, empty if none"),
        content("ticket_id", TEXT, "ticket that it belongs to, empty if none"),
        content("call_id", TEXT, "call that it belongs to, empty if none"),
        content("return_id", TEXT, "return that it belongs to, empty if none"),
        content("shipment_id", TEXT, "shipment that it belongs to, empty if none"),
        content("subscription_id", TEXT, "subscription that it belongs to, empty if none"),
        content("conversation_id", TEXT, "chat or bot conversation that it belongs to, empty if none"),
        content("campaign", TEXT, "campaign: utm_campaign, else the payload's campaign_id, else empty"),
        content("utm_source", TEXT, "utm_source of the context"),
        content("utm_medium", TEXT, "utm_medium of the context"),
        content("page", TEXT, "address of the page or name of the screen"),
        content("referrer", TEXT, "referrer as sent"),
        content("device_class", WORD, "desktop, mobile, tablet or as sent"),
        content("locale", WORD, "BCP 47"),
        content("country", WORD, "ISO 3166 of the address that it came from"),
        content("identity_kinds", WORDS, "kinds of the identities as observed, same order as identity_tokens"),
        content("identity_tokens", "Array(String)", "keyed tokens of the identities as observed"),
        content("payload", TEXT, "payload as JSON, personal fields taken out"),
        content("context", TEXT, "context as JSON"),
        Column("personal", TEXT, "content", "identities and personal fields as JSON", personal=True),
        RULES,
        arrival("sent_at", TIME_N, "when the source sent it, UTC, ms; of repeats the latest seen"),
        arrival("received_at", TIME, "when Kafka got it, UTC, ms"),
        arrival("skew_ms", MS_N, "received_at less sent_at, ms"),
        arrival("raw_partition", "UInt16", "partition of touchpoints.raw"),
        arrival("raw_offset", "UInt64", "offset in that partition"),
        VERSION,
    ),
    order_by=("customer_id", "occurred_at", "event_id"),
    partition_by="toYear(occurred_at)",
)

SESSIONS = Table(
    "sessions",
    "touchpoints of one customer without a pause longer than the session gap",
    (
        CUSTOMER,
        key("session_id", UUID_T, "derived from the customer and the first touchpoint"),
        content("journey_id", UUID_T, "journey of its first touchpoint"),
        content("started_at", TIME, "first act of the customer, UTC"),
        content("ended_at", TIME, "last act of the customer, UTC"),
        content("duration_ms", "Int64", "ended_at less started_at, ms; 0 for a single act"),
        content("touchpoint_count", COUNT, "touchpoints of any actor inside it"),
        content("act_count", COUNT, "acts of the customer inside it"),
        content("first_event_id", UUID_T, "event of its first act"),
        content("last_event_id", UUID_T, "event of its last act"),
        content("entry_channel", WORD, "channel of its first act"),
        content("exit_channel", WORD, "channel of its last act"),
        content("entry_page", TEXT, "page or screen of its first act that has one"),
        content("campaign", TEXT, "campaign of its first act that has one"),
        content("channels", WORDS, "channels, in order of first appearance"),
        content("last_stage", WORD, "stage of its last act"),
        content("order_count", COUNT, "orders placed inside it"),
        RULES,
        arrival("revision", COUNT, "corrections of this customer's history (late, merged, withdrawn) before this version"),
        VERSION,
    ),
    order_by=("customer_id", "session_id"),
)

JOURNEYS = Table(
    "journeys",
    "touchpoints of one customer from the first until silence longer than the journey gap",
    (
        CUSTOMER,
        key("journey_id", UUID_T, "derived from the customer and the first touchpoint"),
        content("opened_at", TIME, "its first touchpoint, UTC"),
        content("last_touch_at", TIME, "its last touchpoint of any actor, UTC"),
        content("touchpoint_count", COUNT, "touchpoints of any actor"),
        content("act_count", COUNT, "acts of the customer"),
        content("session_count", COUNT, "sessions that began inside it"),
        content("path", WORDS, "channels of the customer's acts, repeats collapsed, first 20 and last 20 steps"),
        content("path_length", COUNT, "steps of the collapsed path before it was capped"),
        content("channels", WORDS, "channels of any actor, in order of first appearance"),
        content("stages", WORDS, "stages, in order of first appearance"),
        content("last_stage", WORD, "stage of its last touchpoint"),
        content("owners", WORDS, "teams in charge, in order of first appearance"),
        content("handover_count", COUNT, "how often the team in charge changed from one touchpoint to the next"),
        content("first_event_id", UUID_T, "first act of the customer, else first touchpoint"),
        content("last_event_id", UUID_T, "last act of the customer, else last touchpoint"),
        content("first_channel", WORD, "channel of the first touch"),
        content("last_channel", WORD, "channel of the last touch"),
        content("first_sentiment", SCORE_N, "sentiment of the first act of the customer that has one"),
        content("last_sentiment", SCORE_N, "sentiment of the last act of the customer that has one"),
        content("worst_sentiment", SCORE_N, "least sentiment"),
        content("best_sentiment", SCORE_N, "greatest sentiment"),
        content("bad_count", COUNT, "bad experiences"),
        content("effort_total", COUNT, "sum of the efforts told"),
        content("effort_count", COUNT, "touchpoints that told an effort"),
        content("campaign", TEXT, "campaign of its first touchpoint that has one"),
        content("order_count", COUNT, "orders placed"),
        content("ticket_count", COUNT, "tickets opened"),
        content("call_count", COUNT, "calls queued"),
        content("return_count", COUNT, "returns requested, or received where no request is known"),
        content("gross", MONEY, "total of the orders as placed or changed, in `currency`"),
        content("cancelled", MONEY, "total of what was cancelled, in `currency`"),
        content("returned", MONEY, "total refunded, in `currency`"),
        content("net", MONEY, "gross less cancelled less returned"),
        content("currency", WORD, "currency of the first amount; empty without one"),
        content("other_currency_count", COUNT, "amounts in another currency, not summed"),
        RULES,
        arrival("revision", COUNT, "corrections of this customer's history (late, merged, withdrawn) before this version"),
        VERSION,
    ),
    order_by=("customer_id", "journey_id"),
)

CUSTOMERS = Table(
    "customers",
    "one row for each customer",
    (
        CUSTOMER,
        content("first_seen_at", TIME, "first touchpoint, UTC"),
        content("last_seen_at", TIME, "last touchpoint, UTC"),
        content("touchpoint_count", COUNT, "touchpoints in production"),
        content("session_count", COUNT, "sessions"),
        content("journey_count", COUNT, "journeys"),
        content("is_identified", FLAG, "known by more than devices, cookies, clicks and numbers of things"),
        content("strongest_kind", WORD, "strongest identity kind observed"),
        content("first_channel", WORD, "channel of the first act"),
        content("last_channel", WORD, "channel of the last act"),
        content("order_count", COUNT, "orders placed"),
        content("ticket_count", COUNT, "tickets opened"),
        content("call_count", COUNT, "calls queued"),
        content("return_count", COUNT, "returns"),
        content("bad_count", COUNT, "bad experiences"),
        content("first_order_at", TIME_N, "first order, UTC"),
        content("last_order_at", TIME_N, "last order, UTC"),
        content("gross", MONEY, "total of the orders as placed or changed, in `currency`"),
        content("cancelled", MONEY, "total cancelled, in `currency`"),
        content("returned", MONEY, "total refunded, in `currency`"),
        content("net", MONEY, "gross less cancelled less returned"),
        content("currency", WORD, "currency of the first amount; empty without one"),
        content("other_currency_count", COUNT, "amounts in another currency, not summed"),
        RULES,
        VERSION,
    ),
    order_by=("customer_id",),
)
