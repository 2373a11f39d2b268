"""From likeness to suggestions: what the rules would refuse anyway and what people have decided already is left out. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from deploy.suggest.matching import Likeness
from deploy.suggest.records import Record
from schemas.ids import derived
from schemas.rules import IdentityRules

Identity = tuple[str, str]
"""(kind, token)"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two customers, each by its id now and by the identity that gives it; `a` < `b`."""

    suggestion_id: UUID
    a: Identity
    b: Identity
    customer_a: str
    customer_b: str
    score: float
    reason: str


def suggestions(
    found: Iterable[Likeness], records: Mapping[str, Record], rules: IdentityRules, decided: Collection[UUID]
) -> Iterator[Suggestion]:
    """In the order of `found`. `decided`: ids that people have accepted or rejected."""
    for pair in found:
        one, other = sorted((records[pair.first], records[pair.second]), key=lambda record: record.identity)
        suggestion_id = id_of(one.identity, other.identity)
        if suggestion_id not in decided and may_join(one, other, rules):
            yield Suggestion(suggestion_id, one.identity, other.identity, one.customer_id, other.customer_id, pair.score, pair.reason)


def id_of(one: Identity, other: Identity) -> UUID:
    """The same for a pair of identities whichever comes first, so a decision holds as long as both give a customer its id."""
    return derived("suggestion", *(part for identity in sorted((one, other)) for part in identity))


def may_join(one: Record, other: Record, rules: IdentityRules) -> bool:
    """Whether a customer with the identities of both would keep every limit: a link that breaks one would be a conflict, not a merge."""
    limits = {kind.value: rule.limit for kind, rule in rules.kinds.items() if rule.limit is not None}
    return all(one.counts.get(kind, 0) + other.counts.get(kind, 0) <= limit for kind, limit in limits.items())
