"""One alert to one address: signed, tried again with growing waits, and parked where it is of no use."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

import stamina
import structlog
import urllib3

from deploy.alerts.settings import WebhookSettings
from deploy.alerts.signing import HEADER, sign
from schemas.alerts import AlertMessage, decode_alert
from streams.clock import Clock

log = structlog.get_logger()
TOO_MANY, TIMED_OUT = 429, 408


class Fate(StrEnum):
    """What became of one message; each is counted."""

    SENT = "sent"
    """the receiver answered 2xx"""
    STALE = "stale"
    """it fired too long ago: nobody can act on it any more (a replay, or a sender that was away)"""
    PARKED = "parked"
    """the receiver refused it, or did not answer however often it was asked; it stays in the table `alerts`"""
    UNREADABLE = "unreadable"
    """no alert"""


class TryAgain(Exception):
    """The receiver is away or busy. `reason` never holds the address: it may carry a password."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Post(Protocol):
    """Posts a body; the status of the answer, or TryAgain where there was none."""

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> int: ...


class HttpPost:
    """Follows no redirect: a signed body goes where it was meant to go."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self._pool, self._url, self._timeout = urllib3.PoolManager(maxsize=1), url, urllib3.Timeout(total=timeout_s)

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> int:
        try:
            answer = self._pool.request(
                "POST", self._url, body=body, headers=dict(headers), timeout=self._timeout, retries=False, redirect=False
            )
        except urllib3.exceptions.HTTPError as why:
            raise TryAgain(type(why).__name__) from None
        return answer.status


class Poster:
    """Takes messages one after the other."""

    def __init__(self, post: Post, settings: WebhookSettings, clock: Clock) -> None:
        self._post, self._settings, self._clock = post, settings, clock

    def deliver(self, body: bytes) -> Fate:
        """Returns when the message is done with, one way or the other."""
        try:
            alert = decode_alert(body)
        except ValueError:
            return self._told(Fate.UNREADABLE, None, "no alert")
        if (self._clock.now() - alert.fired_at).total_seconds() > self._settings.webhook_max_age_s:
            return self._told(Fate.STALE, alert, "fired too long ago")
        try:
            status = self._patiently(body, alert)
        except TryAgain as why:
            return self._told(Fate.PARKED, alert, why.reason)
        return self._told(Fate.SENT if status // 100 == 2 else Fate.PARKED, alert, f"status {status}")

    def _patiently(self, body: bytes, alert: AlertMessage) -> int:
        s = self._settings
        for attempt in stamina.retry_context(
            on=TryAgain,
            attempts=s.webhook_tries,
            timeout=s.webhook_give_up_s,
            wait_initial=s.webhook_first_wait_s,
            wait_max=s.webhook_longest_wait_s,
            wait_jitter=s.webhook_first_wait_s,
        ):
            with attempt:
                status = self._post(body, self._headers(body, alert))
                if status >= 500 or status in (TOO_MANY, TIMED_OUT):
                    raise TryAgain(f"status {status}")
                return status
        raise AssertionError("a retry loop ends by a return or by its last error")

    def _headers(self, body: bytes, alert: AlertMessage) -> Mapping[str, str]:
        """Signed anew for every try, or a late one would look like an old one."""
        secret = self._settings.webhook_secret.get_secret_value().encode()
        return {
            "Content-Type": "application/json",
            "User-Agent": "touchpoint-tracker",
            "Idempotency-Key": f"{alert.alert_id}:{alert.customer_id}:{alert.state.value}:{alert.version}",
            HEADER: sign(secret, body, int(self._clock.now().timestamp())),
        }

    def _told(self, fate: Fate, alert: AlertMessage | None, why: str) -> Fate:
        ids = {} if alert is None else {"alert_id": str(alert.alert_id), "rule": alert.rule, "state": alert.state.value}
        (log.info if fate is Fate.SENT else log.warning)(f"alert_{fate}", why=why, **ids)
        return fate
