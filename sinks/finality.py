"""Watermarks, and what follows from them: open, closed by silence, final, late. SQL of views, never a stored column (pure).

An event is expected from a source until that source has come `lateness` beyond it (rules.yaml, METRICS.md R3). A source that was silent for
longer than its lateness while others went on is idle: whatever it had to say is late by then, so it holds nothing back.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from schemas.rules import Rules
from schemas.tables import Column, arrival
from sinks.ddl import text

Computed = tuple[tuple[Column, str], ...]
_TIME: Final = "DateTime64(3, 'UTC')"

CLOSED_AT: Final = arrival(
    "closed_at", f"Nullable({_TIME})", "last touchpoint and the journey gap, once the watermark has passed it; null while open"
)
IS_OPEN: Final = arrival("is_open", "Bool", "something could still prolong it: the watermark has not passed the gap after its end yet")
IS_FINAL: Final = arrival(
    "is_final", "Bool", "closed, and no source is expected to bring anything more that would change it; what comes all the same is counted"
)


def computed(table: str, rules: Rules) -> Computed:
    """The columns that a view has beside those of its table; they read `watermark` and `final_until`, see `prelude`."""
    if table == "journeys":
        end = f"addDays(last_touch_at, {rules.journeys.gap_days})"
        return (CLOSED_AT, f"if({end} < watermark, {end}, NULL)"), (IS_OPEN, f"{end} >= watermark"), (IS_FINAL, f"{end} < final_until")
    if table == "sessions":
        gap = f"addSeconds(ended_at, {rules.sessions.gap_s})"
        end = f"least({gap}, addHours(started_at, {rules.sessions.longest_h}))"
        is_full = f"act_count >= {rules.sessions.most_touches}"
        return (IS_OPEN, f"{end} >= watermark AND NOT ({is_full})"), (IS_FINAL, f"{gap} < final_until")
    return ()


def prelude(table: str, views: str) -> str:
    """What stands before the SELECT of a view with computed columns: both are read once for each query."""
    if table not in ("journeys", "sessions"):
        return ""
    return f"WITH (SELECT at FROM `{views}`.watermark) AS watermark, (SELECT final_until FROM `{views}`.watermark) AS final_until "


def watermark_views(views: str, tables: str, rules: Rules) -> Sequence[str]:
    """`watermarks`, a row for each source, and `watermark`, the one row of all together."""
    return _by_source(views, tables, rules), _of_all(views)


def late_view(views: str) -> str:
    """Reads the views `touchpoints`, `journeys` and `watermarks`."""
    columns = {
        "customer_id": ("UUID", "the customer"),
        "journey_id": ("Nullable(UUID)", "journey that it came into"),
        "event_id": ("UUID", "id of the event"),
        "event_type": ("LowCardinality(String)", "what happened"),
        "source": ("LowCardinality(String)", "the sending system"),
        "occurred_at": (_TIME, "when it happened, UTC"),
        "received_at": (_TIME, "when Kafka got it, UTC"),
        "late_by_s": ("Int64", "seconds beyond what rules.yaml allows its source"),
    }
    return (
        f"CREATE OR REPLACE VIEW `{views}`.late_touchpoints ({_declared(columns)}) AS "
        "SELECT customer_id, journey_id, event_id, event_type, source, occurred_at, received_at, "
        "dateDiff('second', occurred_at, received_at) - lateness_s AS late_by_s "
        f"FROM `{views}`.touchpoints INNER JOIN (SELECT source, lateness_s FROM `{views}`.watermarks) AS allowed USING source "
        "WHERE late_by_s > 0 COMMENT 'touchpoints that came later than their source is allowed; they are told in full, and may revise "
        "what was final'"
    )


def _by_source(views: str, tables: str, rules: Rules) -> str:
    columns = {
        "source": ("LowCardinality(String)", "the sending system"),
        "at": (_TIME, "its latest touchpoint, but not later than received: how far it has come, UTC, ms"),
        "received_at": (_TIME, "when Kafka last got something of it, UTC, ms"),
        "lateness_s": ("Int64", "how late it may be by rules.yaml, s"),
        "final_until": (_TIME, "nothing older than this is expected of it any more: at less lateness_s"),
        "is_idle": ("Bool", "silent for longer than its lateness while others went on; it holds no finality back"),
    }
    return (
        f"CREATE OR REPLACE VIEW `{views}`.watermarks ({_declared(columns)}) AS "
        f"WITH (SELECT max(received_at) FROM `{tables}`.source_marks) AS newest "
        f"SELECT source, max(reached_at) AS at, max(marks.received_at) AS received_at, {_lateness(rules)} AS lateness_s, "
        "subtractSeconds(at, lateness_s) AS final_until, dateDiff('second', received_at, newest) > lateness_s AS is_idle "
        f"FROM `{tables}`.source_marks AS marks GROUP BY source COMMENT 'how far each source has come'"
    )


def _of_all(views: str) -> str:
    columns = {
        "at": (_TIME, "latest touchpoint of any source: how far event time has come; UTC, ms; 1970 while there is nothing"),
        "final_until": (_TIME, "the least final_until of the sources that are not idle: what ended before it is final"),
    }
    return (
        f"CREATE OR REPLACE VIEW `{views}`.watermark ({_declared(columns)}) AS SELECT max(marks.at) AS at, "
        f"minIf(marks.final_until, NOT is_idle) AS final_until FROM `{views}`.watermarks AS marks "
        "COMMENT 'how far event time has come over all sources; see watermarks'"
    )


def _lateness(rules: Rules) -> str:
    default = f"toInt64({rules.lateness.default_s})"
    given = sorted(rules.lateness.by_source.items())
    if not given:
        return default
    names, seconds = ", ".join(text(source) for source, _ in given), ", ".join(str(s) for _, s in given)
    return f"transform(toString(source), [{names}], arrayMap(s -> toInt64(s), [{seconds}]), {default})"


def _declared(columns: Mapping[str, tuple[str, str]]) -> str:
    return ", ".join(f"`{name}` {type_} COMMENT {text(comment)}" for name, (type_, comment) in columns.items())
