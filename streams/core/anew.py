"""A customer told anew: every row that the facts give, changed or not, with the offset of the record that asks for it as version.

For ops who do not trust what ClickHouse shows of a customer: the facts are judged again as on a control record, then the whole history
is taken from its first fact and all of its rows are sent. A function of the partition's log like everything else: a replay repeats it.
"""

from collections.abc import Iterable

from schemas.facts import FOREVER, Control, Customer
from schemas.links import Token
from streams.core.checkpoints import mark_if_due
from streams.core.effects import Effects
from streams.core.fact_store import CustomerStore, facts_of
from streams.core.history import History
from streams.core.identity.who import Who
from streams.core.identity_rows import pair_of, tell_places
from streams.core.replay import keep_derived
from streams.core.rulebook import Rulebook


def judged_whole(customer: Customer) -> Control:
    """The control record that has all facts of a customer judged."""
    return Control(customer, True, 0, FOREVER, [], [])


def tell_anew(customer: Customer, store: CustomerStore, rulebook: Rulebook, version: int, effects: Effects) -> History | None:
    """Replaces the state by the one that the facts give; the history with its rows told, or None where the customer has no facts."""
    held = store.state()
    entries = store.entries()
    if held is None or not entries:
        return None
    history = History.at_start(customer, rulebook, version)
    history.state.corrections = held.corrections
    store.forget_derived()
    for fact in facts_of(entries):
        history.extend(fact)
        mark_if_due(store, history)
    history.finish()
    keep_derived(store, history)
    history.state.last_key = max(entries)
    store.put_state(history.state)
    effects.take(history.rows)
    return history


def tell_links(customer: Customer, tokens: Iterable[Token], who: Who, epoch: int, version: int, effects: Effects) -> None:
    """The rows of the pairs and conflicts of these identities that live with the customer.

    Pairs that the fold knows from a later epoch on are left to that epoch's control records: they alone know what there was before.
    """
    pairs = {pair: None for token in sorted(tokens) for pair in _pairs(token, who, epoch)}
    own = [pair for pair in pairs if who.home(pair[0], epoch) == customer]
    numbers = who.policy.numbers
    apart = [(a, b) for a, b in pairs if b[0] not in numbers and who.is_conflict(a, b, epoch)]
    tell_places(customer, own, apart, who, epoch, version, effects)


def _pairs(token: Token, who: Who, epoch: int) -> Iterable[tuple[Token, Token]]:
    strength = who.policy.strength
    node = who.store.node(token)
    for other in sorted({*(node.links if node else ()), *who.store.numbers_of(token)}):
        a, b = min((token, other), (other, token), key=lambda pair: (strength[pair[0][0]], pair[0]))
        pair = pair_of(a, b, who)
        if pair is not None and pair.known_from <= epoch:
            yield a, b
