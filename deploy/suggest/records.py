"""One record for each customer, and its fields in the form that is compared. Pure.

Likeness is only sought in what people give of themselves: name, postal address, e-mail addresses, phone numbers.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

HEAD: Final = 6
"""letters of a mailbox by which addresses are brought together to be compared"""
_POSTCODE: Final = re.compile(r"(?<!\d)\d{4,6}(?!\d)")
_NOT_WORD: Final = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class Record:
    """`identity`: (kind, token) of the strongest joining identity, by which a decision is remembered; `counts`: identities by kind."""

    customer_id: str
    identity: tuple[str, str]
    name: str = ""
    address: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fields:
    """What the model compares and blocks by; None where nothing is known. Lists are sorted."""

    given: str | None
    family: str | None
    address: str | None
    postcode: str | None
    emails: list[str] | None
    phones: list[str] | None
    mail_head: str | None
    mail_tail: str | None
    phone: str | None


def fields_of(record: Record) -> Fields:
    """The last word of a name is taken as the family name, the last number of 4 to 6 digits in an address as the postcode."""
    given, _, family = plain(record.name).rpartition(" ")
    address = plain(record.address)
    numbers = _POSTCODE.findall(address)
    postcode = numbers[-1] if numbers else ""
    street = " ".join(word for word in address.split() if word != postcode)
    emails, phones = sorted(record.emails), sorted(record.phones)
    mailbox, _, domain = emails[0].partition("@") if emails else ("", "", "")
    return Fields(
        given=given or None,
        family=family or None,
        address=street or None,
        postcode=postcode or None,
        emails=emails or None,
        phones=phones or None,
        mail_head=f"{mailbox[:HEAD]}@{domain}" if mailbox else None,
        mail_tail=f"{mailbox[-HEAD:]}@{domain}" if mailbox else None,
        phone=phones[0] if phones else None,
    )


def plain(text: str) -> str:
    """Lower case, no accents, words apart by one space; for comparing only."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return _NOT_WORD.sub(" ", "".join(c for c in letters if not unicodedata.combining(c))).strip()
