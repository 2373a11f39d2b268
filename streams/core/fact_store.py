"""Where a partition of `touchpoints.resolved` keeps its customers: keys and values of the store.

F customer fact-key     a fact, or a mark that contents below a floor are dead (the fact may still come)
S customer              running state
E customer kind source number   state of an episode
I customer token        the identity was seen with this customer, first in the fact with this key
C customer fact-key     checkpoint: the running state after that fact
V customer length kind source number fact-key   state of an episode after that fact; stands until the next of its keys
"""

from collections.abc import Callable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

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

LAST = b"\xff"
"""Beyond every fact key."""
_PACK = msgspec.msgpack.Encoder()
_MARK = msgspec.msgpack.Decoder(Mark)
_FACT_TAG, _MARK_TAG = b"f", b"m"


def entry_bytes(entry: Entry) -> bytes:
    """A tag, then the fact or the mark."""
    return _FACT_TAG + encode_fact(entry) if isinstance(entry, Fact) else _MARK_TAG + _PACK.encode(entry)


def entry_of(raw: bytes) -> Entry:
    """The way back; raises msgspec.DecodeError where the bytes are damaged."""
    return decode_fact(raw[1:]) if raw[:1] == _FACT_TAG else _MARK.decode(raw[1:])


def fact_of(entry: Entry | None) -> Fact | None:
    """The live fact of an entry, if there is one."""
    return entry.fact if isinstance(entry, Mark) else entry


def facts_of(entries: Mapping[bytes, Entry]) -> Iterator[Fact]:
    """The live facts in the order of their keys."""
    return (fact for key in sorted(entries) if (fact := fact_of(entries[key])) is not None)


class CustomerStore:
    """One customer's keys in an overlay."""

    def __init__(self, overlay: Overlay, customer: Customer) -> None:
        self._overlay, self._customer = overlay, customer

    def state(self) -> State | None:
        raw = self._overlay.get(b"S" + self._customer)
        return None if raw is None else decode_state(raw)

    def is_there(self) -> bool:
        """Whether it has any entry: then it has a state."""
        return self._overlay.get(b"S" + self._customer) is not None

    def put_state(self, state: State) -> None:
        self._overlay.put(b"S" + self._customer, encode_state(state))

    def put_entry(self, key: bytes, entry: Entry) -> None:
        self._overlay.put(b"F" + self._customer + key, entry_bytes(entry))

    def delete_entry(self, key: bytes) -> None:
        self._overlay.delete(b"F" + self._customer + key)

    def entries(self, since: int = 0, until: int = 2**62) -> dict[bytes, Entry]:
        """Entries with since <= occurred_at < until, in order, by fact key."""
        return self._between(since.to_bytes(8, "big"), until.to_bytes(8, "big"))

    def entries_between(self, after: bytes, before: bytes) -> dict[bytes, Entry]:
        """Entries with after < key < before, in order."""
        return self._between(after + b"\0", before)

    def page(self, first: bytes, limit: int) -> dict[bytes, Entry]:
        """The first entries with first <= key, in order, at most so many."""
        return self._between(first, LAST, limit)

    def _between(self, first: bytes, last: bytes, limit: int | None = None) -> dict[bytes, Entry]:
        prefix = b"F" + self._customer
        return {k[len(prefix) :]: entry_of(v) for k, v in self._overlay.scan(prefix + first, prefix + last, limit)}

    def last_key(self) -> bytes | None:
        """The greatest key of an entry, be it a fact or a mark; None where there is none."""
        prefix = b"F" + self._customer
        found = self._overlay.greatest(prefix, prefix + LAST)
        return None if found is None else found[0][len(prefix) :]

    def entry(self, key: bytes) -> Entry | None:
        raw = self._overlay.get(b"F" + self._customer + key)
        return None if raw is None else entry_of(raw)

    def checkpoint_before(self, key: bytes) -> State | None:
        """The last one whose facts are all before the key."""
        prefix = b"C" + self._customer
        found = self._overlay.greatest(prefix, prefix + key)
        return None if found is None else decode_state(found[1])

    def checkpoints_between(self, after: bytes, before: bytes = LAST) -> list[State]:
        """Those with after < key < before, in order."""
        prefix = b"C" + self._customer
        return [decode_state(raw) for _, raw in self._overlay.scan(prefix + after + b"\0", prefix + before)]

    def checkpoint_keys(self, after: bytes, upto: bytes) -> list[bytes]:
        """Keys of those with after < key <= upto, in order."""
        prefix = b"C" + self._customer
        return [key[len(prefix) :] for key, _ in self._overlay.scan(prefix + after + b"\0", prefix + upto + b"\0")]

    def put_checkpoint(self, state: State) -> None:
        """Under the key of its last fact."""
        self._overlay.put(b"C" + self._customer + state.last_key, encode_state(replace(state, known_tokens=[])))

    def delete_checkpoint(self, key: bytes) -> None:
        self._overlay.delete(b"C" + self._customer + key)

    def episode(self, ref: EpisodeRef) -> EpisodeState | None:
        raw = self._overlay.get(self._episode_key(ref))
        return None if raw is None else decode_episode(raw)

    def put_episode(self, ref: EpisodeRef, state: EpisodeState | None) -> None:
        if state is None:
            self._overlay.delete(self._episode_key(ref))
        else:
            self._overlay.put(self._episode_key(ref), encode_episode(state))

    def _episode_key(self, ref: EpisodeRef) -> bytes:
        return b"E" + self._customer + "\0".join(ref).encode()

    def episodes_as_of(self, key: bytes) -> Callable[[EpisodeRef], EpisodeState | None]:
        """Reads an episode as it was after a checkpoint's last fact."""

        def read(ref: EpisodeRef) -> EpisodeState | None:
            prefix = self._version_prefix(ref)
            found = self._overlay.greatest(prefix, prefix + key + b"\0")
            return None if found is None else decode_episode(found[1])

        return read

    def put_episode_as_of(self, ref: EpisodeRef, key: bytes, state: EpisodeState) -> None:
        self._overlay.put(self._version_prefix(ref) + key, encode_episode(state))

    def delete_episode_as_of(self, ref: EpisodeRef, key: bytes) -> None:
        self._overlay.delete(self._version_prefix(ref) + key)

    def episode_keys(self, ref: EpisodeRef, after: bytes) -> list[bytes]:
        """The keys beyond this one at which states of the episode are kept."""
        prefix = self._version_prefix(ref)
        return [key[len(prefix) :] for key, _ in self._overlay.scan(prefix + after + b"\0", prefix + LAST)]

    def _version_prefix(self, ref: EpisodeRef) -> bytes:
        name = "\0".join(ref).encode()
        return b"V" + self._customer + len(name).to_bytes(4, "big") + name

    def first_seen(self, token: Token) -> bytes | None:
        """Key of the fact that first showed the identity here."""
        return self._overlay.get(b"I" + self._customer + token)

    def knows(self, token: Token) -> bool:
        return self.first_seen(token) is not None

    def known_as_of(self, key: bytes) -> Callable[[Token], bool]:
        """Says whether an identity was seen up to a checkpoint's last fact."""
        return lambda token: (self.first_seen(token) or LAST) <= key

    def learn(self, token: Token, key: bytes | None) -> None:
        if key is None:
            self._overlay.delete(b"I" + self._customer + token)
        else:
            self._overlay.put(b"I" + self._customer + token, key)

    def forget_derived(self) -> None:
        """Deletes all but the facts, before a replay from the start writes it anew."""
        for tag in (b"E", b"I", b"C", b"V"):
            prefix = tag + self._customer
            for key, _ in self._overlay.scan(prefix, beyond(prefix)):
                self._overlay.delete(key)
        self._overlay.delete(b"S" + self._customer)
