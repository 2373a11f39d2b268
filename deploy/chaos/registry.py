"""All scenarios, in the order of the page."""

from typing import Any, Final

from deploy.chaos.scenario import Scenario
from deploy.chaos.scenarios import (
    bad_inputs,
    broker,
    clickhouse_away,
    cut_replies,
    disk_full,
    disorder,
    kills,
    rebuild,
    sleeper,
    state_loss,
    storm,
)

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
    bad_inputs.SCENARIO,
    state_loss.SCENARIO,
    disk_full.KAFKA,
    disk_full.STORES,
    disk_full.CLICKHOUSE,
    rebuild.SCENARIO,
)
SCENARIOS: Final = {scenario.name: scenario for scenario in _ALL}
