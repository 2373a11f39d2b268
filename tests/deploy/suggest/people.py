"""People for the tests of suggestions: different ones, and a few who come twice under other identities."""

from deploy.suggest.records import Record

GIVEN = ("anna", "bela", "carla", "deniz", "emil", "fatma", "georg", "hanna", "ivan", "jana", "kofi", "lea", "mia", "nils", "olga", "paul")
FAMILY = ("adler", "bauer", "celik", "dietz", "ebert", "fuchs", "graf", "haas", "imhof", "jung", "kern", "lang", "maier")
STREETS = ("lindenweg", "am markt", "hauptstrasse", "rosengasse", "bahnhofsallee", "seeufer", "kirchplatz")


def name_of(n: int) -> str:
    return f"{GIVEN[n % len(GIVEN)]} {FAMILY[n * 7 % len(FAMILY)]}".title()


def address_of(n: int) -> str:
    return f"{STREETS[n * 3 % len(STREETS)].title()} {n * 37 % 211 + 1}, {10_115 + n * 613 % 60_000} Town"


def email_of(n: int) -> str:
    return f"{name_of(n).lower().replace(' ', '.')}{n * 101 % 9_973}@post.example"


def phone_of(n: int) -> str:
    return f"+4930{n * 7_919 % 8_999_999 + 1_000_000}"


def person(n: int) -> Record:
    return Record(
        f"c{n:03d}", ("email", f"04{n:030d}"), name_of(n), address_of(n), (email_of(n),), (phone_of(n),), {"email": 1, "phone": 1}
    )


def stranger_like(n: int, customer_id: str) -> Record:
    """Name and address of person n, slightly otherwise written, behind an address that a marketplace lent."""
    name, address = name_of(n), address_of(n).replace("Weg", "weg")
    return Record(customer_id, ("email", f"04ff{n:028d}"), name, address, (f"x{n * 977}@relay.example",), (), {"email": 1})
