"""What all episode machines share: a state is a dictionary of column values, a step changes it for one event type.

Names that begin with an underscore are the machine's own memory and no columns. Facts come in order of occurrence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from schemas.facts import Fact
from schemas.tables import Table
from streams.core.payloads import Payload, bounded
from streams.core.rulebook import Rulebook

EpisodeState = dict[str, Any]


@dataclass(slots=True)
class Told:
    """What a step says beyond its own row. Money in ten-thousandths of the fact's own currency."""

    gross: int = 0
    cancelled: int = 0
    returned: int = 0
    currency: str = ""
    is_return: bool = False
    waited: bool = False
    bad_reasons: tuple[str, ...] = ()
    """of those that rules.yaml names under bad_experience"""


@dataclass(frozen=True, slots=True)
class Step:
    """The arguments of one step."""

    fact: Fact
    payload: Payload
    rulebook: Rulebook
    told: Told

    @property
    def at(self) -> int:
        """When it happened, ms UTC."""
        return self.fact.occurred_at


Rule = Callable[[EpisodeState, Step], None]


@dataclass(frozen=True, slots=True)
class Machine:
    """`number` is the column of the number; `statuses` say which state an event type leads to; `steps` what else it changes.

    `keeps` names for an event type the states that it does not lead away from: an invoice paid after the delivery, goods that come back
    after the money did.
    """

    table: Table
    kind: str
    number: str
    statuses: Mapping[str, str]
    steps: Mapping[str, Rule]
    keeps: Mapping[str, frozenset[str]] = field(default_factory=dict)


def first(state: EpisodeState, column: str, value: Any) -> None:
    """Keeps the first value that is there."""
    if value is not None and value != "" and state.get(column) in (None, ""):
        state[column] = value


def last(state: EpisodeState, column: str, value: Any) -> None:
    """Keeps the last value that is there."""
    if value is not None and value != "":
        state[column] = value


def count(state: EpisodeState, column: str, n: int = 1) -> None:
    """Adds to a number that begins at 0."""
    state[column] = bounded(state.get(column, 0) + n)


def gather(state: EpisodeState, column: str, words: list[str]) -> None:
    """Adds words to a sorted set."""
    state[column] = sorted({*state.get(column, ()), *(w for w in words if w)})


def advance(machine: Machine, state: EpisodeState, step: Step, number: str, source: str, is_subject: bool) -> None:
    """Takes one fact into an episode: the columns that all kinds have, then, where the fact is about it, what the kind says.

    A fact that names several of a kind is about the first and only touches the others: what it says must not be done to all of them.
    """
    if not state:
        state |= {"opened_at": step.at, machine.number: number, "source": source, "status": "", "touchpoint_count": 0}
    state["last_touch_at"] = step.at
    state["touchpoint_count"] += 1
    status = machine.statuses.get(step.fact.event_type)
    if status and is_subject and state["status"] not in machine.keeps.get(step.fact.event_type, ()):
        state["status"] = status
    rule = machine.steps.get(step.fact.event_type)
    if rule is not None and is_subject:
        rule(state, step)


_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(dict)


def encode_episode(state: EpisodeState) -> bytes:
    """The bytes in which a state is stored."""
    return _ENCODER.encode(state)


def decode_episode(raw: bytes) -> EpisodeState:
    """The way back; raises msgspec.DecodeError where the bytes are damaged."""
    state: EpisodeState = _DECODER.decode(raw)
    return state


def copy_of(state: EpisodeState) -> EpisodeState:
    """A copy that shares nothing."""
    return decode_episode(encode_episode(state))


_ZERO = {"UInt32": 0, "Bool": False, "Decimal(18, 4)": 0, "Int64": 0}


def default_of(type_: str) -> Any:
    """The value of a column that no step has set."""
    if type_.startswith("Nullable"):
        return None
    if type_.startswith("Array"):
        return []
    return _ZERO.get(type_, "")


def row_of(machine: Machine, state: EpisodeState, customer: bytes, episode_id: bytes, rules_version: int, version: int) -> tuple[Any, ...]:
    """The row in the order of the table's columns."""
    given = {"customer_id": customer, "episode_id": episode_id, "rules_version": rules_version, "version": version}
    return tuple(given[c.name] if c.name in given else state.get(c.name, default_of(c.type)) for c in machine.table.columns)
