"""Inputs as nobody should send them: valid events mutated in many ways, and plain noise. The same seed gives the same bytes."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import orjson

from deploy.chaos.records import Record

ODD: Final[tuple[Any, ...]] = (
    None,
    True,
    -1,
    0,
    1e308,
    -0.0,
    2**63,
    "",
    "\u0000",
    "\ud7ff",
    "9" * 400,
    [],
    {},
    [[]],
    {"a": {"b": []}},
    "2999-13-45T99:99:99Z",
    "NaN",
)
WORDS: Final = (b"NaN", b"Infinity", b"\xff\xfe", b"\x00", b"{}", b"[]", b"null", b"\\ud800", b"1e999", b'"', b",", b"}")
DEEPEST, LONGEST = 3_000, 200_000

Mutation = Callable[[random.Random, bytes], bytes]


def mutants(valid: Sequence[Record], count: int, seed: int) -> Iterator[Record]:
    """So many; about one of ten comes through as it was, under a foreign key or none."""
    rng = random.Random(seed)
    for _ in range(count):
        one = rng.choice(valid)
        mutation = rng.choices(MUTATIONS, WEIGHTS)[0]
        key = rng.choice((one.key, one.key, one.key, None, b"", rng.randbytes(8)))
        yield Record(key, mutation(rng, one.value))


def _as_it_was(rng: random.Random, value: bytes) -> bytes:
    return value


def _noise(rng: random.Random, value: bytes) -> bytes:
    return rng.randbytes(rng.choice((0, 1, 16, 300)))


def _cut(rng: random.Random, value: bytes) -> bytes:
    return value[: rng.randrange(len(value))]


def _bits(rng: random.Random, value: bytes) -> bytes:
    turned = bytearray(value)
    for _ in range(rng.randint(1, 6)):
        turned[rng.randrange(len(turned))] ^= 1 << rng.randrange(8)
    return bytes(turned)


def _word(rng: random.Random, value: bytes) -> bytes:
    at = rng.randrange(len(value))
    return value[:at] + rng.choice(WORDS) + value[at + rng.randrange(3) :]


def _swallowed(rng: random.Random, value: bytes) -> bytes:
    """Two halves of the same event in the wrong order."""
    at = rng.randrange(len(value))
    return value[at:] + value[:at]


def _field(rng: random.Random, value: bytes) -> bytes:
    """A value somewhere becomes an odd one, or goes."""
    document = orjson.loads(value)
    inside: Any = document
    while True:
        if not inside:
            return orjson.dumps(document)
        place = rng.choice(list(inside)) if isinstance(inside, dict) else rng.randrange(len(inside))
        if isinstance(inside[place], dict | list) and inside[place] and rng.random() < 0.7:
            inside = inside[place]
            continue
        if rng.random() < 0.3:
            del inside[place]
        else:
            inside[place] = rng.choice(ODD)
        return orjson.dumps(document, option=orjson.OPT_PASSTHROUGH_DATETIME)


def _deep(rng: random.Random, value: bytes) -> bytes:
    depth = rng.randrange(DEEPEST)
    return value[:-1] + b',"more":' + b"[" * depth + b"]" * depth + b"}"


def _long(rng: random.Random, value: bytes) -> bytes:
    return value[:-1] + b',"more":"' + b"x" * rng.randrange(LONGEST) + b'"}'


MUTATIONS: Final[tuple[Mutation, ...]] = (_as_it_was, _noise, _cut, _bits, _word, _swallowed, _field, _deep, _long)
WEIGHTS: Final = (10, 10, 15, 20, 15, 5, 24, 1, 0.2)
