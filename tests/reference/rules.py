"""The rules as constants, out of the shipped rules.yaml and without the project's own reader of it."""

from importlib.resources import files
from typing import Any

import yaml

RULES: dict[str, Any] = yaml.safe_load((files("schemas") / "rules.yaml").read_text(encoding="utf-8"))

_IDENTITY = RULES["identity"]
STRENGTH: dict[str, int] = {kind: rule["strength"] for kind, rule in _IDENTITY["kinds"].items()}
LIMIT: dict[str, int] = {kind: rule["limit"] for kind, rule in _IDENTITY["kinds"].items() if "limit" in rule}
SHARED_ABOVE: dict[str, int] = {kind: rule["shared_above"] for kind, rule in _IDENTITY["kinds"].items() if "shared_above" in rule}
NUMBERS = frozenset(kind for kind, rule in _IDENTITY["kinds"].items() if rule.get("finds_only"))
UNCOUNTED = NUMBERS | {"click"}
SHARED_COUNTS: tuple[str, ...] = tuple(_IDENTITY["shared_counts"])
NOBODY_ABOVE: int = _IDENTITY["nobody_above"]
COMPONENT_CAP: int = _IDENTITY["component_cap"]
JUNK: dict[str, list[str]] = _IDENTITY["junk"]

SESSION_GAP_MS: int = RULES["sessions"]["gap_s"] * 1000
SESSION_LONGEST_MS: int = RULES["sessions"]["longest_h"] * 3_600_000
SESSION_MOST: int = RULES["sessions"]["most_touches"]
JOURNEY_GAP_MS: int = RULES["journeys"]["gap_days"] * 86_400_000
PATH_FIRST: int = RULES["limits"]["path_first"]
PATH_LAST: int = RULES["limits"]["path_last"]
BAD_AT_MOST: float = RULES["bad_experience"]["score_at_most"]
CALL_ANSWER_MS: int = RULES["targets"]["call_answer"]["seconds"] * 1000
SHORT_ABANDON_MS: int = RULES["targets"]["call_answer"]["short_abandon_s"] * 1000
FIRST_RESPONSE_MS: int = RULES["targets"]["first_response_s"]["default"] * 1000
REFUND_MS: int = RULES["targets"]["refund_s"]["default"] * 1000
REPEAT_MS: int = RULES["targets"]["repeat_contact_days"] * 86_400_000
WAITED_SCORE: float = next(rule["waited_over_target"] for rule in RULES["sentiment"] if "waited_over_target" in rule)
DAY_MS = 86_400_000


def matches(patterns: list[str], event_type: str) -> bool:
    """`ad.*` is every type that begins with `ad.`, `*` is every type, all else is the type itself."""
    return any(p == "*" or p == event_type or (p.endswith(".*") and event_type.startswith(p[:-1])) for p in patterns)
