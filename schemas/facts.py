"""What travels on `touchpoints.resolved`: frames of facts, removals and control records, all between our own agents.

A fact is one accepted touchpoint in a form that stitching reads fast. Identities travel as tokens; clear values stay in `personal`.
"""

import msgspec

from schemas.links import Token

Customer = bytes
"""16 bytes of the customer's id."""


class Fact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One accepted touchpoint. Times are ms UTC, money ten-thousandths, texts empty where there is none."""

    occurred_at: int
    sequence: int
    """0 where the source gives none"""
    event_id: bytes
    rank: int
    """sent_at in ms (0 where unknown): of two contents with one id the greater (rank, content_hash) wins"""
    content_hash: bytes
    event_type: str
    schema_version: int
    source: str
    tokens: list[Token]
    """strongest first; junk is left out, an event with nothing else has one token made from its own id"""
    actor: str
    channel: str
    owner: str
    environment: str
    is_bot: bool
    received_at: int
    raw_partition: int
    raw_offset: int
    sentiment: float | None
    sentiment_by: str
    effort: int | None
    cause: str
    outcome: str
    amount: int | None
    currency: str
    order_id: str
    ticket_id: str
    call_id: str
    return_id: str
    shipment_id: str
    subscription_id: str
    conversation_id: str
    campaign: str
    utm_source: str
    utm_medium: str
    page: str
    referrer: str
    device_class: str
    locale: str
    country: str
    payload: bytes
    """JSON, personal fields taken out"""
    context: bytes
    personal: bytes
    """JSON: identities in clear and the personal fields"""
    numbers: list[tuple[str, str, str]]
    """(kind, source, number) of the things that it names; kinds beyond the identity kinds are survey and conversation"""
    click_kinds: list[str] = []
    """names of the click ids' parameters, sorted; the values are in `personal`"""
    categories: list[str] = []
    """product categories, each once, in the payload's order"""


class Removal(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A content that lost against another of the same id, or was retracted: it leaves wherever its fact is or will come to.

    Contents whose (rank, content_hash) is less than `floor` are dead. It follows the way of the fact that it removes, so it
    carries that fact's identities.
    """

    occurred_at: int
    sequence: int
    event_id: bytes
    tokens: list[Token]
    floor: tuple[int, bytes]


RETRACTED: tuple[int, bytes] = (2**62, b"\xff" * 16)
"""The floor of a retraction: above every content."""


class Control(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An epoch changed this customer. With `judge` the facts with since <= occurred_at < until are judged again."""

    customer: Customer
    judge: bool
    since: int
    until: int
    nodes: list[Token]
    """tokens whose owner changed from or to this customer, or that alone would be this customer"""
    pairs: list[tuple[Token, Token]]
    """pairs whose row lives, or lived, with this customer, and whose state may have changed"""
    conflicts: list[tuple[Token, Token]] = []
    """pairs with one end here that began or ceased to be a conflict, or may have"""
    evidence: list[bytes] = []
    """for each of `nodes` the id of the event by which the epoch moved it"""
    logins: list[tuple[Token, int, bytes, Token, int]] = []
    """(device, at ms, event id, account or empty, epoch) of a shared device that alone would be this customer"""
    known_at: int = 0
    """when the log got the epoch, ms UTC"""


FOREVER = 2**62


class ResolvedFrame(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One Kafka message. `epoch` is that of the judgement, or of the control records. A frame has facts and removals, or controls.

    `covers` says of what a frame of admit is a part: (partition of raw, first offset, last offset); empty elsewhere. `tick` is the time up
    to which clocks may end, ms UTC; 0 in every frame that is no tick. `anew` are customers of whom every row is judged and told anew, since
    somebody asked for it.
    """

    epoch: int
    facts: list[Fact]
    removals: list[Removal]
    controls: list[Control]
    covers: list[tuple[int, int, int]] = []
    tick: int = 0
    anew: list[Customer] = []


_ENCODER = msgspec.msgpack.Encoder()
_FRAME = msgspec.msgpack.Decoder(ResolvedFrame)
_FACT = msgspec.msgpack.Decoder(Fact)


def encode_resolved(frame: ResolvedFrame) -> bytes:
    """The bytes of a frame (MessagePack)."""
    return _ENCODER.encode(frame)


def decode_resolved(raw: bytes) -> ResolvedFrame:
    """The frame in `raw`; raises msgspec.DecodeError where it is none."""
    return _FRAME.decode(raw)


def encode_fact(fact: Fact) -> bytes:
    """The bytes in which a fact is stored."""
    return _ENCODER.encode(fact)


def decode_fact(raw: bytes) -> Fact:
    """The fact in `raw`; raises msgspec.DecodeError where it is none."""
    return _FACT.decode(raw)


def fact_key(occurred_at: int, sequence: int, event_id: bytes) -> bytes:
    """The order of a history as 32 bytes that sort: occurred_at, sequence, event id. Times before 1970 are not admitted."""
    return occurred_at.to_bytes(8, "big") + sequence.to_bytes(8, "big") + event_id


def partition_of(customer: Customer, partitions: int) -> int:
    """The partition of `touchpoints.resolved` and `journeys` in which a customer lives; partitions are fixed per generation."""
    return int.from_bytes(customer[:6], "big") % partitions
