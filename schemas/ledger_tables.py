"""Tables beside the journeys: accounting, dead letters, alerts, costs, quality; and the catalogue of all tables."""

from collections.abc import Mapping
from types import MappingProxyType

from schemas.episode_tables import EPISODES
from schemas.identity_tables import WHO_IS_WHO
from schemas.tables import (
    COUNT,
    CUSTOMER,
    CUSTOMERS,
    FLAG,
    JOURNEYS,
    MONEY,
    RULES,
    SESSIONS,
    TEXT,
    TIME,
    TIME_N,
    TOUCHPOINTS,
    UUID_T,
    VERSION,
    WORD,
    Column,
    Table,
    arrival,
    content,
    key,
)

DEAD_LETTERS = Table(
    "dead_letters",
    "records that could not be admitted, with their bytes and the reason",
    (
        key("raw_partition", "UInt16", "partition of touchpoints.raw"),
        key("raw_offset", "UInt64", "offset in that partition"),
        arrival("reason", WORD, "why, closed list"),
        arrival("field", TEXT, "the field at fault, empty if none"),
        arrival("detail", TEXT, "what was found and the remedy; never a value"),
        arrival("event_id", TEXT, "event id as far as it could be read"),
        arrival("event_type", TEXT, "event type as far as it could be read"),
        arrival("source", TEXT, "source as far as it could be read"),
        Column("raw", TEXT, "arrival", "the bytes of the last try, base64; empty once it is replayed or discarded", personal=True),
        arrival("raw_hash", "UInt64", "hash of the bytes"),
        arrival("received_at", TIME, "when Kafka got it"),
        arrival("code_version", TEXT, "version of the code that judged"),
        arrival("rules_version", "UInt16", "version of the rules that judged"),
        arrival("tries", COUNT, "how often it was tried"),
        arrival("first_try_at", TIME, "when it was tried first: when Kafka got it, UTC, ms"),
        arrival("last_try_at", TIME, "when it was tried, or given up, last: when Kafka got that, UTC, ms"),
        arrival("state", WORD, "dead, replayed or discarded"),
        arrival("version", "UInt64", "made of tries and state; the greatest wins"),
    ),
    order_by=("raw_partition", "raw_offset"),
)
ALERTS = Table(
    "alerts",
    "alerts while there is time to act; firing twice is one alert",
    (
        CUSTOMER,
        key("alert_id", UUID_T, "derived from the rule and its subject"),
        content("rule", WORD, "which alert"),
        content("clock", WORD, "with sla.*: first_response, resolution, call_answer, refund or delivery; else empty"),
        content("subject_kind", WORD, "what it is about: ticket, call, return, shipment, order, journey, touchpoint"),
        content("subject_source", WORD, "system that gave the number, empty if none"),
        content("subject_id", TEXT, "its number or id"),
        content("raised_at", TIME, "when the reason arose, by event time, UTC"),
        content("over_at", TIME_N, "when events ended the reason; null while it lasts"),
        content("detail", TEXT, "figures behind it, JSON"),
        RULES,
        arrival("fired_at", TIME_N, "the tick that fired it: the worker's time, never beyond Kafka's own"),
        arrival("is_late", FLAG, "fired so late after raised_at that nobody was told (rules.yaml alerts.late_firing_s)"),
        VERSION,
    ),
    order_by=("customer_id", "alert_id"),
)
AD_COSTS = Table(
    "ad_costs",
    "what an ad campaign cost in a period",
    (
        key("event_id", UUID_T, "id of the event"),
        content("source", WORD, "sending system"),
        content("network", WORD, "ad network"),
        content("campaign_id", TEXT, "campaign"),
        content("period_start", TIME, "first instant of the period, UTC"),
        content("period_end", TIME, "end of the period, UTC"),
        content("cost", MONEY, "cost, in `currency`"),
        content("currency", WORD, "ISO 4217"),
        content("impressions", "Nullable(UInt64)", "times shown"),
        content("clicks", "Nullable(UInt64)", "times clicked"),
        content("is_retracted", FLAG, "taken back by touchpoint.retracted"),
        VERSION,
    ),
    order_by=("event_id",),
)
LEDGER = Table(
    "ledger",
    "what became of each range of touchpoints.raw",
    (
        key("raw_partition", "UInt16", "partition of touchpoints.raw"),
        key("first_offset", "UInt64", "first offset of the range"),
        key("last_offset", "UInt64", "last offset of the range"),
        arrival("accepted", "UInt32", "records that became facts"),
        arrival("duplicate", "UInt32", "exact repeats and losers of two contents"),
        arrival("dead", "UInt32", "dead letters"),
        arrival("dropped", "UInt32", "dropped by a counted rule"),
        arrival("absent", "UInt32", "offsets that Kafka does not have"),
        arrival("ids_xor", "UInt64", "xor of the hashes of the accepted event ids"),
        arrival("written_by", WORD, "worker"),
        arrival("is_repair", FLAG, "written by the auditor"),
        VERSION,
    ),
    order_by=("raw_partition", "first_offset", "last_offset"),
)
QUALITY = Table(
    "quality",
    "what deserves a look: unknown fields, numbers at two customers, skew, duplicates by source",
    (
        key("kind", WORD, "what was found"),
        key("source", WORD, "sending system"),
        key("subject", TEXT, "field, rule or number"),
        key("raw_partition", "UInt16", "partition of touchpoints.raw"),
        arrival("count", "UInt64", "how often, in the range of `version`"),
        VERSION,
    ),
    order_by=("kind", "source", "subject", "raw_partition", "version"),
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        t.name: t
        for t in (
            TOUCHPOINTS, SESSIONS, JOURNEYS, CUSTOMERS, *EPISODES, *WHO_IS_WHO, DEAD_LETTERS, ALERTS, AD_COSTS, LEDGER, QUALITY,
        )
    }
)  # fmt: skip
