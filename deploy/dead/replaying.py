"""Sends letters to touchpoints.raw again, or says there that they are given up. Ids are stable, so what came twice is stored once.

What becomes of a letter is told by the admission of these records alone: a generation built anew from raw ends with the same states.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kafka import KafkaProducer
from kafka.errors import KafkaError

from deploy.dead.letters import Letter
from deploy.dead.patches import Patch
from schemas.codec import Limits, decode
from schemas.connections import KafkaConnection
from schemas.dead_letters import Rejection, retry_header
from schemas.errors import ServiceUnavailable
from schemas.received import received_header
from schemas.record_key import record_key
from schemas.topics import FRAME_BYTES

TOGETHER = 500
ANSWER_S = 60.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """A letter with the bytes to send. `refusal`: what admission would say of them now, empty where it would take them.

    `obstacle`: why it cannot be sent at all.
    """

    letter: Letter
    value: bytes
    key: bytes
    refusal: str = ""
    obstacle: str = ""


def attempt(letter: Letter, patch: Patch, limits: Limits) -> Attempt:
    """What a replay of the letter would be; dates are judged by the worker alone."""
    key = letter.place.encode()
    if letter.is_cut:
        return Attempt(letter, b"", key, obstacle="larger than what a letter keeps: send it again from its source")
    value = patch(letter.raw)
    if isinstance(value, str):
        return Attempt(letter, b"", key, obstacle=value)
    decoded = decode(value, limits)
    if isinstance(decoded, Rejection):
        return Attempt(letter, value, key, refusal=f"{decoded.reason} {decoded.field}".strip())
    return Attempt(letter, value, record_key(decoded.event))


class Sender:
    """Writes to raw with headers that only this installation can sign; raises ServiceUnavailable where Kafka does not take it."""

    def __init__(self, connection: KafkaConnection, topic: str, secret: bytes) -> None:
        self._address, self._topic, self._secret = connection.bootstrap_servers, topic, secret
        try:
            self._producer = KafkaProducer(
                **connection.client_options(), acks="all", compression_type="lz4", max_request_size=FRAME_BYTES, metrics_enabled=False
            )
        except (KafkaError, OSError) as why:
            raise self._unavailable(why) from why

    def close(self) -> None:
        self._producer.close()

    def replay(self, attempts: Iterable[Attempt], tell: Callable[[int], None]) -> int:
        """Those that can be sent; `tell` hears how many went out."""
        return self._send(((a.letter, a.key, a.value, False) for a in attempts if not a.obstacle), tell)

    def discard(self, letters: Iterable[Letter], tell: Callable[[int], None]) -> int:
        """Gives them up: a record without bytes says so."""
        return self._send(((letter, letter.place.encode(), b"", True) for letter in letters), tell)

    def _send(self, told: Iterable[tuple[Letter, bytes, bytes, bool]], tell: Callable[[int], None]) -> int:
        sent = 0
        try:
            for sent, (letter, key, value, is_discarded) in enumerate(told, start=1):
                retry = letter.retry(is_discarded)
                headers = [retry_header(retry, value, self._secret), received_header(retry.received_at, value, self._secret)]
                self._producer.send(self._topic, value, key, headers=headers)
                if sent % TOGETHER == 0:
                    self._producer.flush(timeout=ANSWER_S)
                tell(1)
            self._producer.flush(timeout=ANSWER_S)
        except KafkaError as why:
            raise self._unavailable(why) from why
        return sent

    def _unavailable(self, why: Exception) -> ServiceUnavailable:
        remedy = "see `tracker status`; then do the same again: what came already is a duplicate"
        message = f"Kafka at {self._address} did not take all of it: {type(why).__name__}"
        return ServiceUnavailable(message, service="Kafka", address=self._address, remedy=remedy)
