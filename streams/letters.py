"""The messages on `touchpoints.dead`: each tells of one letter, under the coordinates at which it was refused first."""

from datetime import UTC, datetime

from schemas.dead_letters import DeadLetter, LetterState, Rejection, Retry, raw_text
from schemas.topics import Topics
from streams.core.admission import RawRecord
from streams.core.letters import CODE_VERSION, readable_parts
from streams.outbox import Message


def dead_letter(record: RawRecord, rejection: Rejection, topics: Topics, rules_version: int) -> Message:
    """The message on `touchpoints.dead` for a record that was refused; of a letter that was sent again under its first coordinates."""
    event_id, event_type, source = readable_parts(record.value)
    retry, at = record.retry or (None, record.at.received_at)
    letter = DeadLetter(
        raw_base64=raw_text(record.value),
        reason=rejection.reason,
        field=rejection.field,
        detail=rejection.detail,
        topic=topics.raw,
        partition=retry.partition if retry else record.at.partition,
        offset=retry.offset if retry else record.at.offset,
        event_id=event_id or None,
        event_type=event_type or None,
        source=source or None,
        received_at=_moment(record.at.received_at),
        code_version=CODE_VERSION,
        rules_version=rules_version,
        tries=retry.tries if retry else 1,
        first_try_at=_moment(retry.received_at if retry else record.at.received_at),
        last_try_at=_moment(at),
    )
    return _message(letter, topics)


def settled_letter(retry: Retry, state: LetterState, at: int, topics: Topics, rules_version: int) -> Message:
    """The message on `touchpoints.dead` for a letter that was replayed or discarded; its bytes lie in raw."""
    letter = DeadLetter(
        raw_base64="",
        reason=retry.reason,
        field=retry.field,
        detail=retry.detail,
        topic=topics.raw,
        partition=retry.partition,
        offset=retry.offset,
        event_id=retry.event_id or None,
        event_type=retry.event_type or None,
        source=retry.source or None,
        received_at=_moment(retry.received_at),
        code_version=CODE_VERSION,
        rules_version=rules_version,
        tries=retry.tries,
        first_try_at=_moment(retry.received_at),
        last_try_at=_moment(at),
        state=state,
    )
    return _message(letter, topics)


def _message(letter: DeadLetter, topics: Topics) -> Message:
    key = f"{letter.partition}:{letter.offset}".encode()
    return Message(topics.dead, letter.model_dump_json().encode(), None, key)  # the key decides: all tries of a letter stand in order


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, tz=UTC)
