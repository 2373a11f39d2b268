"""Where a partition of `touchpoints.resolved` keeps its customers: keys and values of the store.

F customer fact-key     a fact, or a mark that contents below a floor are dead (the fact may still come)
S customer              running state
E customer kind source number   state of an episode
I customer token        the identity was seen with this customer
"""

import msgspec

from schemas.facts import Customer, Fact, decode_fact, encode_fact
from schemas.links import Token
from streams.core.episodes.machine import EpisodeState, decode_episode, encode_episode
from streams.core.history import EpisodeRef
from streams.core.overlay import Overlay, beyond
from streams.core.state import State, decode_state, encode_state


class Mark(msgspec.Struct, array_like=True, gc=False):
    """What was removed under a key: contents whose (rank, hash) is below any of the floors are dead, come they now or later.

    Each removal goes the way of the content that it removes, so its floor stands beside the identities of that content, sorted.
    """

    floors: list[tuple[list[Token], tuple[int, bytes]]]
    fact: Fact | None

    def allows(self, rank: tuple[int, bytes]) -> bool:
        """Whether a content of this rank is not dead."""
        return all(rank >= floor for _, floor in self.floors)


Entry = Fact | Mark

_PACK = msgspec.msgpack.Encoder()
_MARK = msgspec.msgpack.Decoder(Mark)
_FACT_TAG, _MARK_TAG = b"f", b"m"


def entry_bytes(entry: Entry) -> bytes:
    """A tag, then the fact or the mark."""
    return _FACT_TAG + encode_fact(entry) if isinstance(entry, Fact) else _MARK_TAG + _PACK.encode(entry)


def entry_of(raw: bytes) -> Entry:
    """The way back; raises msgspec.DecodeError where the bytes are damaged."""
    return decode_fact(raw[1:]) if raw[:1] == _FACT_TAG else _MARK.decode(raw[1:])


def fact_of(entry: Entry) -> Fact | None:
    """The live fact of an entry."""
    return entry if isinstance(entry, Fact) else entry.fact


class CustomerStore:
    """One customer's keys in an overlay."""

    def __init__(self, overlay: Overlay, customer: Customer) -> None:
        self._overlay, self._customer = overlay, customer

    def state(self) -> State | None:
        raw = self._overlay.get(b"S" + self._customer)
        return None if raw is None else decode_state(raw)

    def put_state(self, state: State) -> None:
        self._overlay.put(b"S" + self._customer, encode_state(state))

    def put_entry(self, key: bytes, entry: Entry) -> None:
        self._overlay.put(b"F" + self._customer + key, entry_bytes(entry))

    def delete_entry(self, key: bytes) -> None:
        self._overlay.delete(b"F" + self._customer + key)

    def entries(self, since: int = 0, until: int = 2**62) -> dict[bytes, Entry]:
        """Entries with since <= occurred_at < until, in order, by fact key."""
        return self._between(since.to_bytes(8, "big"), until.to_bytes(8, "big"))

    def entries_after(self, key: bytes) -> dict[bytes, Entry]:
        """Entries behind a fact key, in order."""
        return self._between(key + b"\0", b"\xff")

    def _between(self, first: bytes, last: bytes) -> dict[bytes, Entry]:
        prefix = b"F" + self._customer
        return {k[len(prefix) :]: entry_of(v) for k, v in self._overlay.scan(prefix + first, prefix + last)}

    def entry(self, key: bytes) -> Entry | None:
        raw = self._overlay.get(b"F" + self._customer + key)
        return None if raw is None else entry_of(raw)

    def base(self) -> State | None:
        raw = self._overlay.get(b"B" + self._customer)
        return None if raw is None else decode_state(raw)

    def put_base(self, state: State) -> None:
        self._overlay.put(b"B" + self._customer, encode_state(state))

    def episode(self, ref: EpisodeRef) -> EpisodeState | None:
        raw = self._overlay.get(self._episode_key(b"E", ref))
        return None if raw is None else decode_episode(raw)

    def put_episode(self, ref: EpisodeRef, state: EpisodeState | None) -> None:
        if state is None:
            self._overlay.delete(self._episode_key(b"E", ref))
        else:
            self._overlay.put(self._episode_key(b"E", ref), encode_episode(state))

    def base_episode(self, ref: EpisodeRef) -> EpisodeState | None:
        raw = self._overlay.get(self._episode_key(b"G", ref))
        return None if raw is None else decode_episode(raw)

    def put_base_episode(self, ref: EpisodeRef, state: EpisodeState) -> None:
        self._overlay.put(self._episode_key(b"G", ref), encode_episode(state))

    def _episode_key(self, tag: bytes, ref: EpisodeRef) -> bytes:
        return tag + self._customer + "\0".join(ref).encode()

    def first_seen(self, token: Token) -> bytes | None:
        """Key of the fact that first showed the identity here."""
        return self._overlay.get(b"I" + self._customer + token)

    def knows(self, token: Token) -> bool:
        return self.first_seen(token) is not None

    def learn(self, token: Token, key: bytes | None) -> None:
        if key is None:
            self._overlay.delete(b"I" + self._customer + token)
        else:
            self._overlay.put(b"I" + self._customer + token, key)

    def forget_derived(self) -> None:
        """Deletes all but the facts, before a replay from the start writes it anew."""
        for tag in (b"E", b"I", b"G"):
            prefix = tag + self._customer
            for key, _ in self._overlay.scan(prefix, beyond(prefix)):
                self._overlay.delete(key)
        for tag in (b"S", b"B"):
            self._overlay.delete(tag + self._customer)
