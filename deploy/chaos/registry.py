"""All scenarios, in the order of the page."""

from typing import Any, Final

from deploy.chaos.scenario import Scenario
from deploy.chaos.scenarios import broker, clickhouse_away, cut_replies, disorder, kills, sleeper, storm

_ALL: Final[tuple[Scenario[Any], ...]] = (
    kills.SCENARIO,
    storm.SCENARIO,
    broker.KILLED,
    broker.AWAY,
    clickhouse_away.REFUSES,
    clickhouse_away.HANGS,
    sleeper.SCENARIO,
    cut_replies.SCENARIO,
    disorder.SCENARIO,
)
SCENARIOS: Final = {scenario.name: scenario for scenario in _ALL}
