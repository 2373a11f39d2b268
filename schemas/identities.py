"""Who somebody is, as a source saw it: (kind, value), and the normal form of the value for each kind.

E-mail: the whole address in lower case (RFC 5321 lets the part before the @ keep its case; no provider that matters does), plus tags kept,
for two tags may be two people. Phone: E.164. The others: NFKC, trimmed, case kept, for `aB` and `Ab` may be two accounts.
"""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from schemas.errors import IdentityRefused
from schemas.vocabulary import IdentityKind

_ATOM, _DOMAIN_PART = r"[A-Za-z0-9_+-]+", r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_USUAL_EMAIL = re.compile(
    rf"(?=.{{1,64}}@)(?!.*--)(?=.{{3,200}}$){_ATOM}(?:\.{_ATOM})*@{_DOMAIN_PART}(?:\.{_DOMAIN_PART})*\.[A-Za-z]{{2,20}}"
)
"""Addresses of which email-validator is known to change nothing but the case (a test compares both): 18 µs less for each new one."""

SPECIAL_USE_DOMAIN_NAMES.clear()  # the library's own switch; pseudonymised and trial systems write @x.invalid, @x.test, @x.local

LONGEST = 512
CACHED = 65_536
"""Normal forms kept in memory; the same people come again and again, and an address costs 40 µs the first time."""


_KINDS = {kind.value: kind for kind in IdentityKind}


def kind_of(word: str) -> IdentityKind | None:
    """The kind that somebody typed, None where there is none of that name; capitals and hyphens (`E-Mail`) do not matter."""
    return _KINDS.get(word.strip().lower().replace("-", ""))


def email(value: str) -> str:
    """Lower case; an internationalised domain in Unicode form. No look-up of the domain is made."""
    if _USUAL_EMAIL.fullmatch(value):
        return value.lower()
    try:
        checked = validate_email(value.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise IdentityRefused(
            "a string that is no e-mail address", "write it such as name@example.org, or leave the identity out"
        ) from None
    return unicodedata.normalize("NFKC", checked.normalized).lower()


def phone(value: str, region: str | None = None) -> str:
    """E.164, such as +4930123456. `region` (ISO 3166) is used where the number begins without a country's prefix.

    Refused is what cannot exist by its length; a number of an unassigned range passes, for ranges are assigned every week.
    """
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException as why:
        if why.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            raise IdentityRefused("a phone number without a country's prefix", "write it in E.164, such as +4930123456") from None
        raise IdentityRefused("a string that is no phone number", "write it in E.164, such as +4930123456") from None
    if not phonenumbers.is_possible_number(number):
        raise IdentityRefused("a phone number of a length that its country does not have", "write all of its digits in E.164")
    number.extension = None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def placeholder(value: str) -> str:
    """The form in which `identity.junk.values` of rules.yaml is compared: NFKC, trimmed, lower case."""
    return unicodedata.normalize("NFKC", value).strip().lower()


@lru_cache(maxsize=CACHED)
def normalise_identity(kind: IdentityKind, value: str) -> str:
    """The one spelling of an identity; raises IdentityRefused where there is none (empty, too long, no address, no number)."""
    if kind is IdentityKind.EMAIL:
        return email(value)
    if kind is IdentityKind.PHONE:
        return phone(value)
    normal = unicodedata.normalize("NFKC", value).strip()
    if not normal:
        raise IdentityRefused("an empty string", "leave the identity out where the source knows none")
    if len(normal) > LONGEST:
        raise IdentityRefused(f"a string of more than {LONGEST} characters", "send the identity itself, not a text about it")
    return _network_lowered(normal) if kind is IdentityKind.SOCIAL else normal


def _network_lowered(value: str) -> str:
    network, colon, account = value.partition(":")
    if not colon or not network or not account:
        raise IdentityRefused("a string without network and id", "write network:id, such as instagram:1784140")
    return f"{network.lower()}:{account}"
