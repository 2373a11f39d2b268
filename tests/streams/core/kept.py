"""What must hold of every checkpoint: it is the state after all facts up to its key, and so are the episodes read as of it."""

from collections.abc import Iterable

from schemas.facts import Customer, Fact, fact_key
from streams.core.fact_store import CustomerStore
from streams.core.history import History
from streams.core.overlay import Bytes, Overlay
from tests.builders import a_rulebook

TOLD = ("last_key", "session", "journey", "totals", "context", "watch")


def check_checkpoints(disk: Bytes, customer: Customer, facts: Iterable[Fact]) -> int:
    """Against the history of these facts told in order up to each; how many there are."""
    store = CustomerStore(Overlay(disk), customer)
    by_key = sorted((fact_key(f.occurred_at, f.sequence, f.event_id), f) for f in facts)
    refs = {ref for _, fact in by_key for ref in fact.numbers}
    kept = store.checkpoints_between(b"")
    for checkpoint in kept:
        history = History.at_start(customer, a_rulebook(), 0)
        for key, fact in by_key:
            if key <= checkpoint.last_key:
                history.extend(fact)
        assert {name: getattr(checkpoint, name) for name in TOLD} == {name: getattr(history.state, name) for name in TOLD}
        read, knows = store.episodes_as_of(checkpoint.last_key), store.known_as_of(checkpoint.last_key)
        assert {ref: read(ref) for ref in refs} == {ref: history.episodes.get(ref) for ref in refs}
        assert {t for _, f in by_key for t in f.tokens if knows(t)} == history.identities.keys()
    return len(kept)
