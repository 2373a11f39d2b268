"""The desk where reasons wait for their time: what of a customer's reasons has fired follows from the facts and the partition's time.

The partition's time is the greatest of the ticks in its log, and nothing else moves it. A reason fires when that time has reached it;
before, it waits in a queue that is sorted by time over all customers of the partition, so a tick costs what fires. An alert whose
reason falls away is withdrawn. A row is there if its reason is there and a tick has reached it since, whatever came first.

N                              the partition's time, ms
D (16 zeros) time customer group   what waits, by the time at which it is to be looked at
A customer group               the reasons of a group, and which have fired
"""

from collections.abc import Iterable, Sequence

import msgspec

from schemas.alerts import AlertState
from schemas.facts import Customer
from streams.core.alerts.reasons import Group, Reason, Reasons
from streams.core.alerts.rows import alert_message, alert_row, key_of
from streams.core.effects import Effects
from streams.core.overlay import Bytes, Overlay, beyond
from streams.core.rulebook import Rulebook

TIME, QUEUE = b"N", b"D" + bytes(16)
AT_ONCE = 2_000
"""Groups that one tick looks at; the rest waits for the next, and the partition's time stays before it."""
LATEST = 2**62


class Held(msgspec.Struct, array_like=True):
    """A reason and what became of it. `queued_at` is where it waits; `fired_at` 0 while it does."""

    reason: Reason
    queued_at: int
    fired_at: int = 0
    is_late: bool = False


_PACK, _HELD = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(list[Held])


def decode_held(raw: bytes) -> list[Held]:
    """What is stored under a group."""
    return _HELD.decode(raw)


class Desk:
    """Of one partition, over the overlay of a chunk; rows and messages go into `effects`."""

    def __init__(self, overlay: Overlay, rulebook: Rulebook, effects: Effects) -> None:
        self._overlay, self._rulebook, self._effects = overlay, rulebook, effects

    @property
    def now(self) -> int:
        """The partition's time, ms; 0 before the first tick."""
        return time_of(self._overlay)

    def settle(self, customer: Customer, gone: Iterable[Group], reasons: Reasons, version: int) -> None:
        """The reasons of these groups are now those of `reasons`; a group that only another course of the history had has none."""
        for group in sorted({*gone, *reasons}):
            self._settle(customer, group, reasons.get(group, ()), version)

    def _settle(self, customer: Customer, group: Group, reasons: Sequence[Reason], version: int) -> None:
        held = self._held(customer, group)
        if not held and not reasons:
            return
        before = {key_of(customer, h.reason): h for h in held}
        after = [self._joined(customer, before.pop(key_of(customer, r), None), r, version) for r in reasons]
        for left in before.values():
            self._withdraw(customer, left, version)
        self._keep(customer, group, held, after)

    def _joined(self, customer: Customer, held: Held | None, reason: Reason, version: int) -> Held:
        if held is not None and held.reason == reason:
            return held
        if held is not None and held.fired_at and reason.raised_at <= self.now:
            was, now = held.reason.over_at, reason.over_at
            fresh = Held(reason, held.queued_at, held.fired_at, held.is_late)
            self._tell(customer, fresh, (AlertState.OPEN if now is None else AlertState.OVER) if was != now else None, version)
            return fresh
        if held is not None:
            self._withdraw(customer, held, version)
        return Held(reason, max(reason.raised_at, self.now))

    def tick(self, time: int, version: int) -> None:
        """Fires what waited for a time up to this one. A tick behind the partition's time moves nothing, and fires what waits for it."""
        now, upto = self.now, max(self.now, time)
        due = self._overlay.scan(QUEUE + _at(now), QUEUE + _at(upto + 1), AT_ONCE + 1)
        if len(due) > AT_ONCE:
            upto = int.from_bytes(due[AT_ONCE - 1][0][17:25], "big")
        self._overlay.put(TIME, _at(upto))
        for key, _ in due[:AT_ONCE]:
            self._overlay.delete(key)
            self._fire(key[25:41], key[41:], upto, max(time, upto), version)

    def tell_anew(self, customer: Customer, version: int) -> None:
        """The rows of what has fired for a customer, as they are; nobody is told by a message again."""
        prefix = b"A" + customer
        for _, raw in self._overlay.scan(prefix, beyond(prefix)):
            for h in decode_held(raw):
                if h.fired_at:
                    row = alert_row(customer, h.reason, self._rulebook.version, h.fired_at, h.is_late, version)
                    self._effects.upsert("alerts", key_of(customer, h.reason), row)

    def _fire(self, customer: Customer, group: Group, upto: int, fired_at: int, version: int) -> None:
        held = self._held(customer, group)
        for h in held:
            if not h.fired_at and h.queued_at <= upto:
                h.fired_at = fired_at
                h.is_late = fired_at - h.reason.raised_at > self._rulebook.alerts.late_ms
                self._tell(customer, h, AlertState.OPEN if h.reason.over_at is None else None, version)
        self._overlay.put(_key(customer, group), _PACK.encode(held))

    def _tell(self, customer: Customer, held: Held, state: AlertState | None, version: int) -> None:
        """The row, and a message where somebody can still act on it."""
        row = alert_row(customer, held.reason, self._rulebook.version, held.fired_at, held.is_late, version)
        self._effects.upsert("alerts", key_of(customer, held.reason), row)
        self._say(customer, held, state, version)

    def _withdraw(self, customer: Customer, held: Held, version: int) -> None:
        if held.fired_at:
            self._effects.withdraw("alerts", key_of(customer, held.reason), version)
            self._say(customer, held, AlertState.WITHDRAWN, version)

    def _say(self, customer: Customer, held: Held, state: AlertState | None, version: int) -> None:
        if state is not None and not held.is_late:
            self._effects.alerts.append(alert_message(customer, held.reason, state, self._rulebook.version, held.fired_at, version))

    def _held(self, customer: Customer, group: Group) -> list[Held]:
        raw = self._overlay.get(_key(customer, group))
        return [] if raw is None else decode_held(raw)

    def _keep(self, customer: Customer, group: Group, before: Iterable[Held], after: list[Held]) -> None:
        """The group as it is now; it waits in the queue once for each time."""
        was, now = _waiting(before), _waiting(after)
        for at in was - now:
            self._overlay.delete(QUEUE + _at(at) + customer + group)
        for at in now - was:
            self._overlay.put(QUEUE + _at(at) + customer + group, b"")
        if after:
            self._overlay.put(_key(customer, group), _PACK.encode(after))
        else:
            self._overlay.delete(_key(customer, group))


def time_of(store: Bytes | Overlay) -> int:
    """The partition's time, ms; 0 before the first tick."""
    raw = store.get(TIME)
    return 0 if raw is None else int.from_bytes(raw, "big")


def next_due(store: Bytes) -> int | None:
    """When the next reason of the partition wants to be looked at, ms; None where nothing waits."""
    for key, _ in store.scan(QUEUE + _at(time_of(store)), QUEUE + _at(LATEST)):
        return int.from_bytes(key[17:25], "big")
    return None


def _waiting(held: Iterable[Held]) -> set[int]:
    return {h.queued_at for h in held if not h.fired_at}


def _key(customer: Customer, group: Group) -> bytes:
    return b"A" + customer + group


def _at(time: int) -> bytes:
    return time.to_bytes(8, "big")
