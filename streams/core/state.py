"""The running state of one customer: enough to take the next fact in order at a cost that does not grow with the history."""

import msgspec

from streams.core.alerts.reasons import Watch


class Traits(msgspec.Struct, array_like=True):
    """By what a session or journey can be segmented; see `streams.core.traits`."""

    utm_source: str = ""
    utm_medium: str = ""
    click_kinds: list[str] = msgspec.field(default_factory=list)
    devices: list[str] = msgspec.field(default_factory=list)
    locale: str = ""
    country: str = ""
    categories: list[str] = msgspec.field(default_factory=list)


class OpenSession(msgspec.Struct, array_like=True):
    """The session that the customer's next act may belong to."""

    session_id: bytes
    journey_id: bytes
    started_at: int
    ended_at: int
    first_event_id: bytes
    last_event_id: bytes
    entry_channel: str
    exit_channel: str
    entry_page: str = ""
    campaign: str = ""
    last_stage: str = ""
    touchpoint_count: int = 0
    act_count: int = 0
    order_count: int = 0
    channels: list[str] = msgspec.field(default_factory=list)
    traits: Traits = msgspec.field(default_factory=Traits)


class OpenJourney(msgspec.Struct, array_like=True):
    """The journey that the next touchpoint may belong to. Money is in ten-thousandths of `currency`."""

    journey_id: bytes
    opened_at: int
    last_touch_at: int
    first_event_id: bytes
    last_event_id: bytes
    first_channel: str
    last_channel: str
    touchpoint_count: int = 0
    act_count: int = 0
    session_count: int = 0
    path_head: list[str] = msgspec.field(default_factory=list)
    path_tail: list[str] = msgspec.field(default_factory=list)
    path_length: int = 0
    path_last: str = ""
    channels: list[str] = msgspec.field(default_factory=list)
    stages: list[str] = msgspec.field(default_factory=list)
    last_stage: str = ""
    owners: list[str] = msgspec.field(default_factory=list)
    last_owner: str = ""
    handover_count: int = 0
    first_sentiment: float | None = None
    last_sentiment: float | None = None
    worst_sentiment: float | None = None
    best_sentiment: float | None = None
    bad_count: int = 0
    effort_total: int = 0
    effort_count: int = 0
    campaign: str = ""
    order_count: int = 0
    ticket_count: int = 0
    call_count: int = 0
    return_count: int = 0
    gross: int = 0
    cancelled: int = 0
    returned: int = 0
    currency: str = ""
    other_currency_count: int = 0
    traits: Traits = msgspec.field(default_factory=Traits)
    bad_streak: int = 0
    longest_bad_streak: int = 0
    repeat_contact_count: int = 0


class Totals(msgspec.Struct, array_like=True):
    """What the row in `customers` sums over the whole history."""

    first_seen_at: int = 0
    last_seen_at: int = 0
    touchpoint_count: int = 0
    session_count: int = 0
    journey_count: int = 0
    strongest: int = 255
    """least kind code observed (codes rise with weakness)"""
    first_channel: str = ""
    last_channel: str = ""
    order_count: int = 0
    ticket_count: int = 0
    call_count: int = 0
    return_count: int = 0
    bad_count: int = 0
    first_order_at: int | None = None
    last_order_at: int | None = None
    gross: int = 0
    cancelled: int = 0
    returned: int = 0
    currency: str = ""
    other_currency_count: int = 0
    felt_count: int = 0
    """touchpoints that are bad or have a sentiment"""


class Context(msgspec.Struct, array_like=True):
    """What the stage and sentiment rules look at in the customer's own history."""

    has_order_or_subscription: bool = False
    open_returns: list[str] = msgspec.field(default_factory=list)
    periods: dict[str, int] = msgspec.field(default_factory=dict)
    """end of the paid period of each live subscription, ms"""
    last_delivery_at: int = -1
    last_contact_at: int = -1
    last_contact_order: str = ""
    last_contact_call: str = ""
    """number of the call that the last contact was, empty where it was none"""
    contact_before: tuple[int, str] = (-1, "")
    """time and order of the contact before the last"""


class State(msgspec.Struct, array_like=True):
    """All of it. `last_key` is the sort key of the newest fact; `corrections` counts replays of this customer's history."""

    last_key: bytes = b""
    corrections: int = 0
    session: OpenSession | None = None
    journey: OpenJourney | None = None
    totals: Totals = msgspec.field(default_factory=Totals)
    context: Context = msgspec.field(default_factory=Context)
    known_tokens: list[bytes] = msgspec.field(default_factory=list)
    """the last few identities seen, so that the common fact needs no look-up"""
    since_checkpoint: int = 0
    """facts after the last checkpoint"""
    watch: Watch = msgspec.field(default_factory=Watch)
    checkpoint_key: bytes = b""
    """under which the last checkpoint is kept, an older state of this history; empty where there is none"""


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(State)


def encode_state(state: State) -> bytes:
    """The bytes in which a state is stored."""
    return _ENCODER.encode(state)


def copy_state(state: State) -> State:
    """A copy that shares nothing."""
    return _DECODER.decode(_ENCODER.encode(state))


def decode_state(raw: bytes) -> State:
    """The state in `raw`; raises msgspec.DecodeError where the layout is another: the store is then built again from the log."""
    return _DECODER.decode(raw)
