"""The closed word lists inside payloads; the same rules as in `schemas.vocabulary`."""

from schemas.vocabulary import Word


class SelfServiceAction(Word):
    """What a customer did without a person."""

    CHANGE_ORDER = "change_order", "changed an order"
    CHANGE_ADDRESS = "change_address", "changed an address"
    CANCEL_ORDER = "cancel_order", "cancelled an order"
    REQUEST_REFUND = "request_refund", "asked for money back"
    START_RETURN = "start_return", "started a return"
    INVOICE = "invoice", "fetched an invoice"
    PASSWORD = "password", "set a password anew"
    OTHER = "other", "anything else"


class CancelledBy(Word):
    """Who took an order back."""

    CUSTOMER = "customer", "the customer"
    SHOP = "shop", "the company"


class NotificationSubject(Word):
    """What the customer was told before asking."""

    ORDER_ACCEPTED = "order_accepted", "the order has arrived"
    SHIPPED = "shipped", "the parcel is on the way"
    DELAYED = "delayed", "it will be late"
    READY = "ready", "it can be fetched"
    DELIVERED = "delivered", "it has been handed over"
    REFUND = "refund", "money is on its way back"
    OUTAGE = "outage", "something does not work"
    OTHER = "other", "anything else"


class Author(Word):
    """Who wrote a reply or a message."""

    CUSTOMER = "customer", "the customer"
    REPRESENTATIVE = "representative", "a person of the company"
    BOT = "bot", "a machine that converses"
    SYSTEM = "system", "an automatic acknowledgement"


class TicketStatus(Word):
    """The help desk's own word for where a ticket stands."""

    NEW = "new", "nobody has looked at it"
    OPEN = "open", "the company has to act"
    PENDING = "pending", "the customer has to act"
    HOLD = "hold", "a third party has to act"
    SOLVED = "solved", "answered, may come back"
    CLOSED = "closed", "cannot come back"


class CallDirection(Word):
    """Who called whom."""

    INBOUND = "inbound", "the customer called"
    OUTBOUND = "outbound", "the company called"


class OrderIssue(Word):
    """What is wrong with an order."""

    LATE = "late", "not there when promised"
    MISSING = "missing", "something was not in the parcel"
    DAMAGED = "damaged", "broken"
    WRONG = "wrong", "not what was ordered"
    OTHER = "other", "anything else"


class Resolution(Word):
    """What the customer gets for what came back."""

    REFUND = "refund", "money"
    EXCHANGE = "exchange", "other goods"
    CREDIT = "credit", "a voucher"


class Instrument(Word):
    """The question that a survey asks."""

    CSAT = "csat", "how satisfied"
    CES = "ces", "how easy"
    NPS = "nps", "how likely to recommend"
