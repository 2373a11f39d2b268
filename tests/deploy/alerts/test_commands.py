"""`tracker alerts` where no server is asked: what it refuses, and how a line looks."""

import pytest

from deploy.cli import main
from deploy.cli.alerts_commands import _line, _query
from schemas.alerts import AlertState
from streams.core.alerts.reasons import AlertRule, Clock, Reason
from streams.core.alerts.rows import alert_message
from tests.builders import T0

CUSTOMER = "0b6f2d0e-8b7a-8f5e-9d0b-1c7a54a5f0aa"


@pytest.mark.parametrize("words", [["--rule", "sla.broken"], ["--customer", "' OR 1"]])
def test_a_word_that_is_none_of_ours_never_reaches_clickhouse(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", "list", *words]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "sla.breached" in shown.err


def test_a_query_asks_for_what_was_wanted() -> None:
    asked = _query(True, "bad_streak", CUSTOMER, 5)
    assert f"WHERE over_at IS NULL AND rule = 'bad_streak' AND customer_id = '{CUSTOMER}' " in asked
    assert asked.endswith("LIMIT 5")


def test_a_line_says_when_what_and_about_whom() -> None:
    reason = Reason(AlertRule.BREACHED, Clock.REFUND, "return", "shop", "R-1", T0, None, {})
    line = _line(alert_message(b"c" * 16, reason, AlertState.WITHDRAWN, 1, T0, 7))
    assert line.split() == [
        "2023-11-14",
        "22:13:20",
        "withdrawn",
        "sla.breached",
        "refund",
        "return",
        "R-1",
        "customer",
        "63636363-6363-6363-6363-636363636363",
    ]


def test_to_send_without_an_address_is_refused_with_the_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", "send"]) == 1
    assert "TRACKER_WEBHOOK_URL" in capsys.readouterr().err
