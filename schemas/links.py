"""What travels on `identity.links`: frames of observations about identities. The offset of a frame is its epoch.

A token names an identity without showing it: one byte for the kind (`KIND_CODES`), then 16 bytes of HMAC-SHA256 over kind and
normalised value. Everything that the fold of who is who knows comes from here, so the log decides the answer.
"""

import hmac
from typing import Literal

import msgspec

from schemas.vocabulary import IdentityKind

Token = bytes
"""17 bytes: the kind's code, then the keyed hash."""

KIND_CODES: dict[str, int] = {
    "customer_number": 1,
    "account": 2,
    "loyalty": 3,
    "email": 4,
    "phone": 5,
    "social": 6,
    "ticket_requester": 7,
    "device": 8,
    "anonymous": 9,
    "click": 10,
    "order": 64,
    "subscription": 65,
    "shipment": 66,
    "return": 67,
    "ticket": 68,
    "call": 69,
}
"""Fixed for ever: a code stands in stored tokens. New kinds take new numbers."""
FIRST_NUMBER = 64
"""Codes from here on are numbers of things: they find a customer and never join two."""
KIND_NAMES: dict[int, str] = {code: kind for kind, code in KIND_CODES.items()}
assert KIND_CODES.keys() == {kind.value for kind in IdentityKind}, "every identity kind has a code"


def token_for(kind: str, value: str, key: bytes) -> Token:
    """The token of a normalised identity; `key` is the installation's secret, so that tokens of two installations never meet."""
    return bytes((KIND_CODES[kind],)) + hmac.digest(key, f"{kind}:{value}".encode(), "sha256")[:16]


def kind_of(token: Token) -> str:
    """The kind that a token was made from."""
    return KIND_NAMES[token[0]]


class LinkEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One observation.

    pair    `a` and `b` were seen in one event       linked    somebody says that they are one (identity.linked)
    cut     somebody says that they are not          login     from `at` on the device `a` is in the hands of `b`
    logout  from `at` on device `a` is in nobody's   shared    `a` belongs to several people (identity.shared)
    """

    what: Literal["pair", "linked", "cut", "login", "logout", "shared"]
    a: Token
    b: Token
    at: int
    """occurred_at of the event, ms UTC"""
    event_id: bytes


class LinkFrame(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Entries of one chunk of raw; all of them share one epoch."""

    entries: list[LinkEntry]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(LinkFrame)


def encode_links(frame: LinkFrame) -> bytes:
    """The bytes of a frame (MessagePack)."""
    return _ENCODER.encode(frame)


def decode_links(raw: bytes) -> LinkFrame:
    """The frame in `raw`; raises msgspec.DecodeError where it is none."""
    return _DECODER.decode(raw)
