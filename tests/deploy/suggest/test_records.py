"""The form in which records are compared."""

import pytest

from deploy.suggest.records import Fields, Record, fields_of, plain


def record(name: str = "", address: str = "", emails: tuple[str, ...] = ()) -> Fields:
    return fields_of(Record("c", ("email", "04"), name, address, emails))


def test_the_last_word_of_a_name_is_the_family_name() -> None:
    fields = record(name="Anna Maria  BAUER")
    assert (fields.given, fields.family) == ("anna maria", "bauer")
    assert (record(name="Cher").given, record(name="Cher").family) == (None, "cher")


@pytest.mark.parametrize(
    ("address", "street", "postcode"),
    [
        ("Lindenweg 5, 10115 Berlin", "lindenweg 5 berlin", "10115"),
        ("7 Wallaby Place, Delmar, 2119", "7 wallaby place delmar", "2119"),
        ("12345 Long Road, 90210", "12345 long road", "90210"),
        ("Seeufer 3", "seeufer 3", None),
        ("", None, None),
    ],
)
def test_the_last_long_number_of_an_address_is_the_postcode(address: str, street: str | None, postcode: str | None) -> None:
    fields = record(address=address)
    assert (fields.address, fields.postcode) == (street, postcode)


def test_case_accents_and_signs_do_not_count() -> None:
    assert plain("Müller-Lüdenscheidt,  José") == "muller ludenscheidt jose"


def test_what_nobody_gave_is_null_not_empty() -> None:
    assert record() == Fields(None, None, None, None, None, None, None, None, None)


def test_mailboxes_are_brought_together_by_their_ends() -> None:
    fields = record(emails=("zoe@a.example", "anna.bauer@post.example"))
    assert fields.emails == ["anna.bauer@post.example", "zoe@a.example"]
    assert (fields.mail_head, fields.mail_tail) == ("anna.b@post.example", ".bauer@post.example")
