"""One alert to one receiver: signed, tried again, parked."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import orjson
import pytest
from pydantic import SecretStr

from deploy.alerts.posting import Fate, Poster, TryAgain
from deploy.alerts.settings import WebhookSettings
from deploy.alerts.signing import HEADER, is_signed, sign
from schemas.alerts import AlertState, alert_schema, decode_alert, encode_alert
from schemas.errors import ConfigurationError
from streams.clock import SYSTEM_CLOCK
from streams.core.alerts.reasons import AlertRule, Clock, Reason
from streams.core.alerts.rows import alert_message
from tests.builders import HOUR, T0

SECRET = "a secret for tests"
NOW = datetime.fromtimestamp(T0 / 1000, UTC)
REASON = Reason(AlertRule.BREACHED, Clock.FIRST_RESPONSE, "ticket", "helpdesk", "T-1", T0 - HOUR, None, {"due_at": T0 - HOUR})
BODY = encode_alert(alert_message(b"c" * 16, REASON, AlertState.OPEN, 1, T0, 7))
SETTINGS = WebhookSettings(webhook_secret=SecretStr(SECRET), webhook_tries=3, webhook_first_wait_s=0.001, webhook_longest_wait_s=0.002)


class Receiver:
    """Answers as told; a word instead of a status is an answer that never came."""

    def __init__(self, *answers: int | str) -> None:
        self.answers, self.got = list(answers), list[tuple[bytes, Mapping[str, str]]]()

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> int:
        self.got.append((body, headers))
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            raise TryAgain(answer)
        return answer


def delivered(receiver: Receiver, body: bytes = BODY, now: datetime = NOW) -> Fate:
    clock: Any = SimpleNamespace(now=lambda: now)
    return Poster(receiver, SETTINGS, clock).deliver(body)


def test_the_body_arrives_as_it_stands_on_the_topic_and_is_signed() -> None:
    receiver = Receiver(204)
    assert delivered(receiver) is Fate.SENT
    ((body, headers),) = receiver.got
    assert body == BODY
    assert is_signed(SECRET.encode(), body, headers[HEADER], T0 // 1000)


@pytest.mark.parametrize("answers", [(503, 200), (429, 200), ("ConnectTimeoutError", 500, 201)])
def test_a_receiver_that_is_away_or_busy_is_asked_again(answers: tuple[int | str, ...]) -> None:
    receiver = Receiver(*answers)
    assert delivered(receiver) is Fate.SENT
    assert len(receiver.got) == len(answers)


def test_after_so_many_tries_an_alert_is_parked() -> None:
    receiver = Receiver(500, 500, 500, 500)
    assert delivered(receiver) is Fate.PARKED
    assert len(receiver.got) == 3


@pytest.mark.parametrize("status", [301, 400, 404, 410])
def test_a_refusal_is_not_repeated(status: int) -> None:
    receiver = Receiver(status, 200)
    assert delivered(receiver) is Fate.PARKED
    assert len(receiver.got) == 1


def test_what_fired_too_long_ago_is_not_sent() -> None:
    """A store that is built again from the log says on the topic what it said before."""
    assert delivered(Receiver(), now=NOW + timedelta(hours=1, seconds=1)) is Fate.STALE
    assert delivered(Receiver(200), now=NOW + timedelta(hours=1)) is Fate.SENT


def test_what_is_no_alert_is_passed_by() -> None:
    assert delivered(Receiver(), b"{}") is Fate.UNREADABLE


def test_firing_twice_has_one_key_and_another_state_another() -> None:
    receiver = Receiver(200, 200, 200)
    over = encode_alert(decode_alert(BODY).model_copy(update={"state": AlertState.OVER}))
    for body in (BODY, BODY, over):
        delivered(receiver, body)
    keys = [headers["Idempotency-Key"] for _, headers in receiver.got]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("secret", "body", "now_s"), [(b"another", BODY, 0), (SECRET.encode(), BODY + b" ", 0), (SECRET.encode(), BODY, 301), (b"", b"", -301)]
)
def test_another_secret_another_body_or_another_time_is_not_signed(secret: bytes, body: bytes, now_s: int) -> None:
    assert not is_signed(secret, body, sign(SECRET.encode(), BODY, 1_000), 1_000 + now_s)
    assert is_signed(SECRET.encode(), BODY, sign(SECRET.encode(), BODY, 1_000), 1_300)


def test_a_message_fits_the_schema_that_receivers_get() -> None:
    jsonschema.validate(orjson.loads(BODY), orjson.loads(alert_schema()))


@pytest.mark.parametrize(("url", "secret"), [("", SECRET), ("ftp://x", SECRET), ("https://desk.example/hook", "")])
def test_without_an_address_or_a_secret_nothing_starts(url: str, secret: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        WebhookSettings(webhook_secret=SecretStr(secret)).target(url)
    assert "TRACKER_WEBHOOK" in refused.value.remedy


def test_the_five_lines_of_the_page_tell_ours_from_others() -> None:
    page = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    told: dict[str, Any] = {}
    exec(lines, told)
    now_s = int(SYSTEM_CLOCK.now().timestamp())
    assert told["is_ours"](SECRET.encode(), BODY, sign(SECRET.encode(), BODY, now_s))
    assert not told["is_ours"](b"another", BODY, sign(SECRET.encode(), BODY, now_s))
    assert not told["is_ours"](SECRET.encode(), BODY, sign(SECRET.encode(), BODY, now_s - 301))
