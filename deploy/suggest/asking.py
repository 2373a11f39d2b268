"""Records out of ClickHouse: one for each customer, from the views that analysts read and from the parts marked personal."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from deploy.suggest.records import Record
from schemas.links import KIND_CODES
from schemas.vocabulary import NUMBER_KINDS

Ask = Callable[[str], Sequence[Sequence[Any]]]
"""Rows of a statement."""
MOST_VALUES: Final = 20
"""addresses and phone numbers of one customer that are looked at, the first ones"""
_JOINING: Final = ", ".join(f"'{kind}'" for kind in KIND_CODES if kind not in {k.value for k in NUMBER_KINDS})
IDENTITIES: Final = f"""SELECT toString(customer_id), kind, token, any(value), max(alone_id = customer_id) FROM identities
WHERE kind IN ({_JOINING}) GROUP BY customer_id, kind, token ORDER BY customer_id, kind, min(valid_from), token"""
_GIVEN: Final = "JSONExtractString(personal, 'payload', '{0}')"
NAMES: Final = f"""SELECT toString(customer_id), {
    ", ".join(f"argMaxIf({_GIVEN.format(field)}, (occurred_at, event_id), {_GIVEN.format(field)} != '')" for field in ("name", "address"))
} FROM touchpoints WHERE JSONHas(personal, 'payload', 'name') OR JSONHas(personal, 'payload', 'address') GROUP BY customer_id"""
"""The last name and the last postal address of each customer who gave any."""


def records(ask: Ask) -> list[Record]:
    """By customer id. Customers who show nothing to compare, and those without an identity that can be linked, are left out."""
    names = {str(customer): (str(name), str(address)) for customer, name, address in ask(NAMES)}
    shown: dict[str, list[tuple[str, str, str, bool]]] = defaultdict(list)
    for customer, kind, token, value, is_its_own in ask(IDENTITIES):
        shown[str(customer)].append((str(kind), str(token), str(value), bool(is_its_own)))
    found = (_record(customer, identities, *names.get(customer, ("", ""))) for customer, identities in sorted(shown.items()))
    return [record for record in found if record and (record.name or record.address or record.emails or record.phones)]


def _record(customer: str, identities: Iterable[tuple[str, str, str, bool]], name: str, address: str) -> Record | None:
    told = list(identities)
    own = next(((kind, token) for kind, token, _, is_its_own in told if is_its_own), None)
    if own is None:
        return None
    values = {kind: tuple(v for k, _, v, _ in told if k == kind and v)[:MOST_VALUES] for kind in ("email", "phone")}
    return Record(customer, own, name, address, values["email"], values["phone"], Counter(kind for kind, *_ in told))
