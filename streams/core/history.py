"""One customer's history, taken fact by fact in order, and the rows that follow from it.

There is one rule for the next fact in order (`extend`); a late fact, a merge or a removal replays the history with the same rule and
compares the rows. So the live state is the replay, by construction.
"""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from schemas.facts import Fact, fact_key
from schemas.ids import derived
from schemas.links import KIND_NAMES
from schemas.vocabulary import Environment
from streams.core import context, customers, journeys, sentiment, sessions
from streams.core.alerts import watching
from streams.core.alerts.clocks import group_of, reasons_of
from streams.core.alerts.reasons import Reasons
from streams.core.episodes.machine import EpisodeState, Step, Told, advance, copy_of, row_of
from streams.core.episodes.registry import MACHINES
from streams.core.identity.policy import solo
from streams.core.payloads import Payload
from streams.core.rulebook import Rulebook
from streams.core.stages import stage_of
from streams.core.state import State, copy_state
from streams.core.touchpoints import touchpoint_row

Row = tuple[Any, ...]
Rows = dict[str, dict[tuple[Any, ...], Row]]
"""By table, then by key values: whole rows."""
EpisodeRef = tuple[str, str, str]
"""(kind, source, number)"""
KNOWN_TOKENS = 8
NO_PAYLOAD: Payload = {}


class History:
    """Rows collect in `rows`, changed episode states in `episodes`, identities that are new here in `identities`.

    A muted history changes its state and makes no rows.
    """

    def __init__(
        self,
        customer: bytes,
        rulebook: Rulebook,
        version: int,
        state: State,
        episode: Callable[[EpisodeRef], EpisodeState | None],
        knows: Callable[[bytes], bool],
    ) -> None:
        self.customer, self.rulebook, self.version, self.state = customer, rulebook, version, state
        self._episode, self._knows = episode, knows
        self.rows: Rows = {}
        self.episodes: dict[EpisodeRef, EpisodeState] = {}
        self.identities: dict[bytes, bytes] = {}
        self.reasons: Reasons = {}
        self.is_muted = False

    @classmethod
    def at_start(cls, customer: bytes, rulebook: Rulebook, version: int) -> "History":
        """A history without a fact."""
        return cls(customer, rulebook, version, State(), lambda _: None, lambda _: False)

    def fork(self) -> "History":
        """Another history that goes on from here, with rows of its own; episodes are copied when they are touched."""
        return History(self.customer, self.rulebook, self.version, copy_state(self.state), self._copy, self._knew)

    def go_on_from(
        self, state: State, kept: Iterable[EpisodeRef], episode: Callable[[EpisodeRef], EpisodeState | None], knows: Callable[[bytes], bool]
    ) -> None:
        """Leaps to a later state of the same history; of the episodes only these stay as they are, others are read as of then."""
        self.state, self._episode, self._knows = state, episode, knows
        self.episodes = {ref: self.episodes[ref] for ref in kept if ref in self.episodes}

    def episode(self, ref: EpisodeRef) -> EpisodeState | None:
        """An episode as it is where the history stands."""
        held = self.episodes.get(ref)
        return held if held is not None else self._episode(ref)

    def touch(self, refs: Iterable[EpisodeRef]) -> None:
        """Episodes that another course of the same history touched have their rows here too, where they are."""
        for ref in refs:
            if ref not in self.episodes and (held := self._episode(ref)) is not None:
                self.episodes[ref] = held

    def _copy(self, ref: EpisodeRef) -> EpisodeState | None:
        held = self.episodes.get(ref)
        return copy_of(held) if held is not None else self._episode(ref)

    def _knew(self, token: bytes) -> bool:
        return token in self.identities or self._knows(token)

    def extend(self, fact: Fact) -> None:
        """Takes the next fact; its key must be greater than that of every fact before."""
        state = self.state
        state.last_key = fact_key(fact.occurred_at, fact.sequence, fact.event_id)
        self._identify(fact)
        state.since_checkpoint += 1
        if fact.environment != Environment.PRODUCTION or fact.is_bot or not fact.channel:
            if not self.is_muted:
                self._put("touchpoints", (self.customer, fact.occurred_at, fact.event_id), self._uncounted(fact))
            return
        payload: Payload = orjson.loads(fact.payload) if fact.numbers or fact.event_type in sentiment.READS_PAYLOAD else NO_PAYLOAD
        stage = stage_of(fact.event_type, fact.occurred_at, state.context, self.rulebook)
        told = self._episodes(fact, payload)
        self._place(fact, payload, stage, told)
        context.remember(state.context, fact, payload, self.rulebook)

    def _uncounted(self, fact: Fact) -> Row:
        owner = fact.owner or self.rulebook.owner_by_type.get(fact.event_type, "")
        stage = stage_of(fact.event_type, fact.occurred_at, self.state.context, self.rulebook)
        payload = orjson.loads(fact.payload) if fact.event_type in sentiment.READS_PAYLOAD else NO_PAYLOAD
        score = sentiment.sentiment_of(fact, payload, Told(), self.rulebook)
        return touchpoint_row(fact, self.customer, self.rulebook, stage, owner, None, None, score, False, self.version)

    def _episodes(self, fact: Fact, payload: Payload) -> Told:
        told = Told()
        step = Step(fact, payload, self.rulebook, told)
        kinds: set[str] = set()
        for kind, source, number in fact.numbers:
            machine, ref = MACHINES[kind], (kind, source, number)
            state = self.episodes.get(ref)
            if state is None:
                self.episodes[ref] = state = self._episode(ref) or {}
            advance(machine, state, step, number, source, kind not in kinds)
            kinds.add(kind)
        return told

    def _place(self, fact: Fact, payload: Payload, stage: str, told: Told) -> None:
        state, rulebook, totals = self.state, self.rulebook, self.state.totals
        act = sessions.is_act(fact, rulebook)
        owner = fact.owner or rulebook.owner_by_type.get(fact.event_type, "")
        journey = state.journey
        if journey is None or not journeys.is_open_for(journey, fact.occurred_at, rulebook):
            self._write_journey()
            state.journey = journey = journeys.open_journey(self.customer, fact)
            totals.journey_count += 1
        session_id = self._session(fact, stage, act)
        score, judge = sentiment.sentiment_of(fact, payload, told, rulebook)
        is_repeat = context.is_repeat_contact(state.context, fact, payload, rulebook)
        bad = sentiment.is_bad(score, told, is_repeat, rulebook)
        journeys.touch(journey, fact, stage, owner, act, rulebook)
        journeys.feel(journey, score, bad, act, is_repeat)
        customers.touch(totals, fact, act)
        totals.bad_count += bad
        if bad or score is not None:
            totals.felt_count += 1
            watching.felt(state.watch, fact, journey, score, bad, act, rulebook, self.reasons)
        if is_repeat:
            watching.asked_again(fact, state.context.last_contact_at, rulebook, self.reasons)
        if fact.event_type == watching.ORDER:
            watching.ordered(state.watch, fact, rulebook, self.reasons)
        self._count(fact, told)
        if not self.is_muted:
            self._put_touchpoint(fact, stage, owner, session_id, journey.journey_id, (score, judge), bad)
        if fact.event_type in rulebook.closing_types:
            self._write_journey()
            state.journey = None

    def _put_touchpoint(
        self, fact: Fact, stage: str, owner: str, session_id: bytes | None, journey_id: bytes, felt: tuple[float | None, str], bad: bool
    ) -> None:
        row = touchpoint_row(fact, self.customer, self.rulebook, stage, owner, session_id, journey_id, felt, bad, self.version)
        self._put("touchpoints", (self.customer, fact.occurred_at, fact.event_id), row)

    def _session(self, fact: Fact, stage: str, act: bool) -> bytes | None:
        state = self.state
        session = state.session
        if session is None or not sessions.is_open_for(session, fact.occurred_at, self.rulebook):
            if not act:
                return None
            self._write_session()
            assert state.journey is not None, "a touchpoint has a journey before it has a session"
            state.session = session = sessions.open_session(self.customer, state.journey.journey_id, fact)
            state.journey.session_count += 1
            state.totals.session_count += 1
        sessions.touch(session, fact, stage, act)
        return session.session_id

    def _count(self, fact: Fact, told: Told) -> None:
        for into in (self.state.journey, self.state.totals):
            if into is None:
                continue
            into.order_count += fact.event_type == "order.placed"
            into.ticket_count += fact.event_type == "ticket.opened"
            into.call_count += fact.event_type == "call.queued"
            into.return_count += told.is_return
            journeys.add_money(into, told)

    def _identify(self, fact: Fact) -> None:
        known = self.state.known_tokens
        for token in fact.tokens:
            if token in known:
                continue
            known.append(token)
            if len(known) > KNOWN_TOKENS:
                del known[0]
            if token not in self.identities and not self._knows(token):
                self.identities[token] = self.state.last_key
                if not self.is_muted:
                    self._put_identity(token, fact)

    def _put_identity(self, token: bytes, fact: Fact) -> None:
        clear = orjson.loads(fact.personal).get("identities", {}) if fact.personal else {}
        row = (
            self.customer, KIND_NAMES[token[0]], token.hex(), fact.occurred_at, clear.get(token.hex(), ""), solo(token), fact.event_id,
            self.version,
        )  # fmt: skip
        self._put("identities", row[:4], row)

    def finish(self) -> None:
        """Writes the rows of what is still open; call it once, after the last fact."""
        self._write_session()
        self._write_journey()
        if self.state.totals.touchpoint_count:
            row = customers.customer_row(self.state.totals, self.customer, self.rulebook.version, self.version)
            self._put("customers", (self.customer,), row)
        for (kind, source, number), state in self.episodes.items():
            reasons = reasons_of((kind, source, number), state, self.rulebook)
            if reasons is not None:
                self.reasons[group_of((kind, source, number))] = reasons
            machine, episode_id = MACHINES[kind], derived("episode", kind, source, number).bytes
            row = row_of(machine, state, self.customer, episode_id, self.rulebook.version, self.version)
            self._put(machine.table.name, (self.customer, episode_id), row)

    def _write_session(self) -> None:
        if self.state.session is not None and not self.is_muted:
            row = sessions.session_row(self.state.session, self.customer, self.rulebook.version, self.state.corrections, self.version)
            self._put("sessions", row[:2], row)

    def _write_journey(self) -> None:
        if self.state.journey is not None and not self.is_muted:
            row = journeys.journey_row(self.state.journey, self.customer, self.rulebook, self.state.corrections, self.version)
            self._put("journeys", row[:2], row)

    def _put(self, table: str, key: tuple[Any, ...], row: Row) -> None:
        self.rows.setdefault(table, {})[key] = row
