"""Two sources that mean the same person must say the same."""

import pytest
from email_validator import validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import IdentityRefused
from schemas.identities import email, kind_of, normalise_identity, phone, placeholder
from schemas.vocabulary import IdentityKind

EVERY_OTHER_KIND = sorted(set(IdentityKind) - {IdentityKind.EMAIL, IdentityKind.PHONE, IdentityKind.SOCIAL})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Anna.Keller@Example.ORG", "anna.keller@example.org"),
        ("  anna@example.org\n", "anna@example.org"),
        ("anna+shoes@example.org", "anna+shoes@example.org"),
        ("o'brien@example.org", "o'brien@example.org"),
        ("anna@MÜNCHEN.de", "anna@münchen.de"),
        ("anna@xn--mnchen-3ya.de", "anna@münchen.de"),
        ("k-77@customers.invalid", "k-77@customers.invalid"),
    ],
)
def test_an_address_is_lower_case_and_keeps_its_tag(written: str, meant: str) -> None:
    assert email(written) == meant


@pytest.mark.parametrize(
    "wrong", ["", "anna", "@example.org", "anna@", "a b@example.org", "anna@@example.org", ".anna@example.org", "anna@-x.org"]
)
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(IdentityRefused, match="e-mail"):
        email(wrong)


@settings(max_examples=500, deadline=None)
@given(st.from_regex(r"[aB9_+.-]{1,6}@[aB9.-]{1,6}\.(de|com|invalid|x1|X)", fullmatch=True))
def test_the_quick_way_accepts_nothing_that_the_library_refuses_and_says_the_same(address: str) -> None:
    try:
        ours = email(address)
    except IdentityRefused:
        return
    assert ours == validate_email(address, check_deliverability=False, globally_deliverable=False).normalized.lower()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("+49 30 1234567", "+49301234567"),
        ("+49 (0)30 / 1234567", "+49301234567"),
        ("+44 20 7946 0018 ext 3", "+442079460018"),
        ("tel:+1-202-555-0143", "+12025550143"),
    ],
)
def test_a_phone_number_is_e164(written: str, meant: str) -> None:
    assert phone(written) == meant


def test_a_number_without_prefix_needs_a_region() -> None:
    assert phone("030 1234567", region="DE") == "+49301234567"
    with pytest.raises(IdentityRefused, match="prefix"):
        phone("030 1234567")


@pytest.mark.parametrize("wrong", ["abc", "", "+", "+12", "+99999999999999999999", "+0000000000", "1" * 400])
def test_what_cannot_be_a_phone_number_is_refused(wrong: str) -> None:
    with pytest.raises(IdentityRefused):
        phone(wrong)


@pytest.mark.parametrize("kind", EVERY_OTHER_KIND)
def test_other_identities_are_trimmed_and_keep_their_case(kind: IdentityKind) -> None:
    assert normalise_identity(kind, "  Ab-1\u2003") == "Ab-1"
    assert normalise_identity(kind, "\uff21\uff22") == "AB", "full-width letters are the same letters"


@pytest.mark.parametrize("wrong", ["", "   ", "x" * 513])
def test_an_identity_is_neither_empty_nor_a_text(wrong: str) -> None:
    with pytest.raises(IdentityRefused):
        normalise_identity(IdentityKind.ACCOUNT, wrong)


def test_a_social_identity_names_its_network() -> None:
    assert normalise_identity(IdentityKind.SOCIAL, "Instagram:AbC") == "instagram:AbC"
    with pytest.raises(IdentityRefused, match="network"):
        normalise_identity(IdentityKind.SOCIAL, "AbC")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(IdentityKind), st.text(max_size=30) | st.emails() | st.from_regex(r"\+[0-9 ]{5,16}", fullmatch=True))
def test_the_normal_form_is_its_own_normal_form(kind: IdentityKind, value: str) -> None:
    try:
        normal = normalise_identity(kind, value)
    except IdentityRefused:
        return
    assert normalise_identity(kind, normal) == normal


def test_placeholders_are_compared_without_case_and_space() -> None:
    assert placeholder(" NULL ") == "null"


@pytest.mark.parametrize(
    ("word", "kind"), [("email", IdentityKind.EMAIL), (" E-Mail ", IdentityKind.EMAIL), ("order", IdentityKind.ORDER), ("shoe", None)]
)
def test_a_kind_is_read_as_people_type_it(word: str, kind: IdentityKind | None) -> None:
    assert kind_of(word) is kind
