"""Tables of who is who: what is shown and linked now, and an append-only history of what was known when.

Rows of the history are written in the partition of the customer that the identity is alone, whoever owns it, so all versions of one come
from one log (the epochs alone come from several, always alike).
"""

from schemas.columns import CUSTOMER, TEXT, TIME, TIME_N, UUID_T, VERSION, WORD, Column, Table, arrival, content, key

IDENTITIES = Table(
    "identities",
    "which identities the touchpoints of a customer show; whose each was and is, and why: identity_periods",
    (
        CUSTOMER,
        key("kind", WORD, "kind of the identity"),
        key("token", TEXT, "keyed token of the identity"),
        key("valid_from", TIME, "first touchpoint of the identity with this customer, UTC"),
        Column("value", TEXT, "content", "the identity as observed, normalised; empty for numbers of things", personal=True),
        content("alone_id", UUID_T, "the customer that the identity is when it is alone"),
        content("evidence", UUID_T, "event that first showed it with this customer"),
        VERSION,
    ),
    order_by=("customer_id", "kind", "token", "valid_from"),
)
IDENTITY_LINKS = Table(
    "identity_links",
    "pairs of identities that were seen together",
    (
        CUSTOMER,
        key("kind_a", WORD, "kind of the one"),
        key("token_a", TEXT, "token of the one"),
        key("kind_b", WORD, "kind of the other"),
        key("token_b", TEXT, "token of the other"),
        content("first_seen_at", TIME, "first touchpoint with both, UTC"),
        content("state", WORD, "joined, conflict, shared, cut or finds"),
        content("evidence", UUID_T, "event that first showed the pair"),
        arrival("known_from", "UInt64", "epoch from which we knew"),
        VERSION,
    ),
    order_by=("customer_id", "kind_a", "token_a", "kind_b", "token_b"),
)
IDENTITY_CONFLICTS = Table(
    "identity_conflicts",
    "pairs that were seen together and not joined, since a limit would have been broken",
    (
        CUSTOMER,
        key("kind_a", WORD, "kind of the one"),
        key("token_a", TEXT, "token of the one"),
        key("kind_b", WORD, "kind of the other"),
        key("token_b", TEXT, "token of the other"),
        content("other_customer_id", UUID_T, "the customer on the other side"),
        content("first_seen_at", TIME, "first touchpoint with both, UTC"),
        content("evidence", UUID_T, "event that first showed the pair"),
        VERSION,
    ),
    order_by=("customer_id", "kind_a", "token_a", "kind_b", "token_b"),
)
CUSTOMER_REDIRECTS = Table(
    "customer_redirects",
    "customer ids that were in use and now lead to another customer",
    (
        key("customer_id", UUID_T, "the former id"),
        content("now_customer_id", UUID_T, "the customer to whom its strongest identity belongs now"),
        arrival("known_from", "UInt64", "epoch from which we knew"),
        VERSION,
    ),
    order_by=("customer_id",),
)
IDENTITY_HISTORY = Table(
    "identity_history",
    "whose an identity was, as known from an epoch on; before the first one it was a customer of its own. Nothing is ever withdrawn",
    (
        key("kind", WORD, "kind of the identity"),
        key("token", TEXT, "keyed token of the identity"),
        key("known_from", "UInt64", "epoch from which we knew: offset in identity.links"),
        arrival("customer_id", UUID_T, "whose it was from then on; where it told nothing, the customer that it is alone"),
        arrival("rule", WORD, "why: own, linked or number; shared or nobody where it alone tells nothing"),
        arrival("evidence", UUID_T, "event by which we knew"),
        arrival("known_at", TIME, "when we knew: time of the epoch by Kafka's clock, UTC"),
        VERSION,
    ),
    order_by=("kind", "token", "known_from"),
)
IDENTITY_LOGINS = Table(
    "identity_logins",
    "who took or gave back which shared device or cookie, told once it is shared. Nothing is ever withdrawn",
    (
        key("kind", WORD, "kind of the device's identity"),
        key("token", TEXT, "keyed token of the device or cookie"),
        key("at", TIME, "login or logout, UTC"),
        key("evidence", UUID_T, "the event"),
        key("account_token", TEXT, "token of whoever logged in; empty for a logout"),
        arrival("account_kind", WORD, "kind of the identity that logged in; empty for a logout"),
        arrival("known_from", "UInt64", "epoch from which we knew"),
        VERSION,
    ),
    order_by=("kind", "token", "at", "evidence", "account_token"),
)
IDENTITY_EPOCHS = Table(
    "identity_epochs",
    "when which epoch of who is who was known: epochs that changed anything",
    (
        key("epoch", "UInt64", "offset in identity.links"),
        arrival("known_at", TIME, "when Kafka got it, UTC"),
        VERSION,
    ),
    order_by=("epoch",),
)
IDENTITY_SUGGESTIONS = Table(
    "identity_suggestions",
    "pairs of customers that are alike, and what people decided about them; written by tracker suggest and tracker review, not from events",
    (
        key("suggestion_id", UUID_T, "derived from the two identities"),
        arrival("kind_a", WORD, "kind of the identity that gives the one customer its id"),
        arrival("token_a", TEXT, "its token"),
        arrival("kind_b", WORD, "kind of the identity that gives the other customer its id"),
        arrival("token_b", TEXT, "its token"),
        arrival("customer_a", UUID_T, "the one customer, when it was suggested"),
        arrival("customer_b", UUID_T, "the other customer, when it was suggested"),
        arrival("score", "Float64", "probability that both are one, as the model has it, 0 to 1"),
        arrival("reason", TEXT, "what agrees and what does not"),
        arrival("state", WORD, "open, accepted or rejected"),
        arrival("suggested_at", TIME, "when it was suggested last, UTC"),
        arrival("decided_at", TIME_N, "when it was accepted or rejected; null while it is open"),
        arrival("version", "UInt64", "ms UTC of the last change; the greatest wins"),
    ),
    order_by=("suggestion_id",),
)
WHO_IS_WHO = (
    IDENTITIES,
    IDENTITY_LINKS,
    IDENTITY_CONFLICTS,
    CUSTOMER_REDIRECTS,
    IDENTITY_HISTORY,
    IDENTITY_LOGINS,
    IDENTITY_EPOCHS,
    IDENTITY_SUGGESTIONS,
)
