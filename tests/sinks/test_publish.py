"""Views follow the rules that they are published under."""

from schemas.connections import ClickHouseConnection
from sinks.publish import view_statements
from streams.rules_file import load_rules


def test_a_month_of_returns_matures_after_the_window_of_the_rules() -> None:
    shipped = load_rules()
    rules = shipped.model_copy(update={"targets": shipped.targets.model_copy(update={"return_window_days": 61})})
    made = [s for s in view_statements(ClickHouseConnection(), 1, rules) if "metrics`.return_rate\n(" in s]
    assert len(made) == 1
    assert "INTERVAL 61 DAY" in made[0]
    assert "once 61 days have passed" in made[0]
