"""What the peers of the bench are asked to do is what the tracker does: the same sessions and journeys from the same visits."""

from datetime import datetime
from pathlib import Path

import orjson
import pytest
from pydantic import ValidationError

from deploy.bench.load import customer_of, visits
from deploy.bench.peers.job import Row, State, read, take
from streams.rules_file import load_rules
from tests.known_answers.in_process import InProcess

Summary = set[tuple[object, ...]]


def theirs(made: list[tuple[bytes, bytes]]) -> tuple[Summary, Summary]:
    """(sessions, journeys) of the plain job: the newest row of each key."""
    states: dict[str, State] = {}
    kept: dict[str, dict[Row, Row]] = {"sessions": {}, "journeys": {}}
    for _, value in made:
        event = read(value)
        customer = event.identities[0].value
        states[customer], rows = take(states.get(customer), event)
        for table, newest in kept.items():
            newest[rows[table][:2]] = rows[table][:-1]
    sessions, journeys = ({tuple(map(plain, row)) for row in newest.values()} for newest in kept.values())
    return sessions, journeys


def plain(value: object) -> object:
    return round(value.timestamp() * 1000) if isinstance(value, datetime) else value


def ours(made: list[tuple[bytes, bytes]], folder: Path) -> tuple[Summary, Summary]:
    line = InProcess(folder, load_rules())
    try:
        line.take(orjson.loads(value) for _, value in made)
        names = {row["customer_id"]: row["value"] for row in line.rows("identities")}
        sessions: Summary = {
            (names[r["customer_id"]], r["started_at"], r["ended_at"], r["touchpoint_count"]) for r in line.rows("sessions")
        }
        journeys: Summary = {
            (names[r["customer_id"]], r["opened_at"], r["last_touch_at"], r["touchpoint_count"], r["session_count"])
            for r in line.rows("journeys")
        }
        return sessions, journeys
    finally:
        line.close()


def test_the_same_visits_give_the_same_sessions_and_journeys(tmp_path: Path) -> None:
    made = visits(2_000)
    sessions, journeys = theirs(made)
    assert len(sessions) > len(journeys) > 90
    assert (sessions, journeys) == ours(made, tmp_path)


def test_a_peer_is_given_the_customer_as_key() -> None:
    _, value = visits(1)[0]
    assert customer_of(value) == read(value).identities[0].value.encode()


def test_a_peer_refuses_what_is_not_valid() -> None:
    _, value = visits(1)[0]
    with pytest.raises(ValidationError, match="identities"):
        read(orjson.dumps({**orjson.loads(value), "identities": []}))
