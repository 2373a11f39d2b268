"""Identities as they are named on the command line: KIND:VALUE, a number of a thing with @ its source."""

from dataclasses import dataclass
from uuid import UUID

from deploy.who.errors import NotNamed
from schemas.identities import kind_of, normalise_identity
from schemas.links import Token, token_for
from schemas.rules import Rules
from schemas.vocabulary import NUMBER_KINDS, IdentityKind

HOW = "write KIND:VALUE such as email:jo@example.org, of a number with its source such as order:1001@shop-eu"


@dataclass(frozen=True, slots=True)
class Named:
    """`value` is normal; `source` is for numbers alone; `junk` says by which rule it never links."""

    kind: IdentityKind
    value: str
    source: str
    token: Token
    junk: str | None

    @property
    def as_payload(self) -> dict[str, str]:
        """As identity.linked and identity.unlinked have it."""
        given = {"kind": self.kind.value, "value": self.value}
        return {**given, "source": self.source} if self.source else given


def named(words: str, key: bytes, rules: Rules) -> Named:
    """Raises NotNamed, and IdentityRefused for a value that is none of its kind. `key`: the secret of the installation's tokens."""
    kind_word, colon, value = words.partition(":")
    kind = kind_of(kind_word)
    if not colon or kind is None:
        raise NotNamed("neither a customer id nor KIND:VALUE of a known kind", remedy=f"{HOW}; kinds: {', '.join(IdentityKind)}")
    source = ""
    if kind in NUMBER_KINDS:
        value, at, source = value.rpartition("@")
        if not at:
            raise NotNamed(f"the number of a {kind.value} without its source", remedy=HOW)
    normal = normalise_identity(kind, value)
    junk = rules.identity.junk.form(kind, normal)
    return Named(kind, normal, source, token_for(kind.value, f"{source}:{normal}" if source else normal, key), junk)


def customer_id_in(words: str) -> bytes | None:
    """The 16 bytes of a customer id; None where the words are something else."""
    try:
        return UUID(words.strip()).bytes
    except ValueError:
        return None
