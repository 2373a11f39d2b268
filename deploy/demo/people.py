"""The people of the simulated world and what makes them hard to tell apart. Each kind of difficulty holds its stated share of them."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from deploy.demo.world import World

SHARES: Mapping[str, float] = {
    "household": 0.10,
    "office": 0.03,
    "recycled_phone": 0.05,
    "three_devices": 0.20,
    "relay_address": 0.02,
    "typo": 0.05,
    "phone_only": 0.05,
}
"""Share of the people by difficulty; the others have none. A household shares a tablet with its logins and logouts, an office shares
address and phone, a recycled number had an owner before, of three devices one never logs in, a marketplace hands out a relay address
for each order, a typo stands in the first address given, and who calls shows nothing but a phone number."""

GROUP_SIZES: Mapping[str, int] = {"household": 2, "office": 5, "recycled_phone": 2}
FIRST_NAMES = ("anna", "ben", "carla", "deniz", "emil", "fatma", "georg", "hanna", "ivan", "jana", "kofi", "lea", "mia", "nils")
LAST_NAMES = ("adler", "bauer", "celik", "dietz", "ebert", "fuchs", "graf", "haas", "imhof", "jung", "kern", "lang", "maier")
PLACES = (("DE", "de-DE", "49"), ("DE", "de-DE", "49"), ("AT", "de-AT", "43"), ("FR", "fr-FR", "33"), ("NL", "nl-NL", "31"))


@dataclass(frozen=True, slots=True)
class Device:
    form: str
    """desktop, mobile or tablet"""
    cookie: str
    app: str = ""
    """installation of the shop's app, or the id of a shared tablet; empty for a browser"""
    logs_in: bool = True
    turn: tuple[int, int] = (0, 1)
    """on a shared device: (n, of how many); it is this person's on the days where day % of == n"""


@dataclass(frozen=True, slots=True)
class Person:
    key: str
    difficulty: str
    email: str
    phone: str
    account: str
    customer_number: str
    loyalty: str
    social: str
    requester: str
    country: str
    locale: str
    devices: tuple[Device, ...]
    registers: bool
    first_address: str = ""
    """the mistyped address that stands on the first order; empty where there is none"""
    first_day: float = 0.0
    last_day: float = 1.0
    """this person's part of the world's time"""


def population(world: World) -> tuple[Person, ...]:
    """Everybody, in an order that does not tell the difficulty."""
    rng = world.chance("population")
    kinds = [kind for kind, share in SHARES.items() for _ in range(round(share * world.customers))]
    people = [_person(world, rng, n, kinds[n] if n < len(kinds) else "") for n in range(world.customers)]
    people = [_with_trouble(person, rng, world) for person in people]
    for kind, size in GROUP_SIZES.items():
        members = [n for n, person in enumerate(people) if person.difficulty == kind]
        for group in _groups(members, size):
            for n, person in zip(group, _sharing(kind, [people[n] for n in group], world), strict=True):
                people[n] = person
    rng.shuffle(people)
    return tuple(people)


def _groups(members: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """Groups of `size`; the last one takes what would be left over alone."""
    starts = list(range(0, max(len(members) - size + 1, 1), size))
    for start, end in zip(starts, [*starts[1:], len(members)], strict=True):
        yield members[start:end]


def _person(world: World, rng: random.Random, n: int, difficulty: str) -> Person:
    first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    country, locale, prefix = rng.choice(PLACES)
    tag = f"{world.tag}-{n:06d}"
    return Person(
        key=f"person-{n:06d}",
        difficulty=difficulty,
        email=f"{first}.{last}.{n}@mail-{world.tag}.example",
        phone=f"+{prefix}6{int(world.tag, 16) % 1000:03d}{n:05d}" if n < 100_000 else f"+{prefix}7{n:08d}",
        account=f"acc-{tag}",
        customer_number=f"C-{tag}",
        loyalty=f"L-{tag}" if rng.random() < 0.25 else "",
        social=f"instagram:{first}_{world.tag}_{n}",
        requester=f"req-{tag}",
        country=country,
        locale=locale,
        devices=_devices(rng, tag, rng.choice((1, 1, 2))),
        registers=rng.random() < 0.75,
    )


def _devices(rng: random.Random, tag: str, count: int) -> tuple[Device, ...]:
    form = rng.choice(("desktop", "mobile"))
    devices = [Device(form, f"ck-{tag}-a"), Device("mobile", f"ck-{tag}-b", app=f"app-{tag}")]
    return tuple(devices[:count])


def _with_trouble(person: Person, rng: random.Random, world: World) -> Person:
    tag = person.account.removeprefix("acc-")
    match person.difficulty:
        case "three_devices":
            silent = Device(rng.choice(("tablet", "mobile")), f"ck-{tag}-c", logs_in=False)
            return replace(person, devices=(*_devices(rng, tag, 2), silent), registers=True)
        case "relay_address":
            return replace(person, devices=(), registers=False)
        case "typo":
            return replace(person, first_address=_mistyped(person.email, rng))
        case "phone_only":
            return replace(person, devices=(), registers=rng.random() < 0.5)
        case "household" | "office" | "recycled_phone" if world.is_aided:
            return replace(person, registers=True)
        case _:
            return person


def _mistyped(address: str, rng: random.Random) -> str:
    """One letter of the name doubled; the result is nobody else's address, for every name ends in its owner's number."""
    at = rng.randrange(1, address.index("."))
    return address[:at] + address[at] + address[at:]


def _sharing(kind: str, group: Sequence[Person], world: World) -> list[Person]:
    """The same people, now with what they share; a small world may have nobody of a kind."""
    if not group:
        return []
    first = group[0]
    tag = first.account.removeprefix("acc-")
    if kind == "household":
        tablet = Device("tablet", f"ck-{tag}-home", app=f"tab-{tag}")
        return [replace(p, devices=(*p.devices, replace(tablet, turn=(n, len(group))))) for n, p in enumerate(group)]
    if kind == "office":
        return [replace(p, email=f"office@firm-{tag}.example", phone=first.phone) for p in group]
    if len(group) < 2:
        return list(group)
    former = [replace(first, last_day=0.45)]
    return [*former, *(replace(p, phone=first.phone, first_day=0.55) for p in group[1:])]
