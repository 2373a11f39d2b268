"""The closed word lists of the wire. Each member carries its meaning, which the generated documents print.

Source: the event catalogue (docs/events.md is made from these). Members are added, never renamed and never given a second meaning.
"""

from enum import StrEnum


class Word(StrEnum):
    """A word with a meaning: `Channel.WEB.meaning`."""

    _value_: str
    meaning: str

    def __new__(cls, word: str, meaning: str) -> "Word":
        member = str.__new__(cls, word)
        member._value_ = word
        member.meaning = meaning
        return member


class Channel(Word):
    """Where the touchpoint took place."""

    PAID_SEARCH = "paid_search", "an advertisement beside search results"
    PAID_SOCIAL = "paid_social", "an advertisement in a social network, and comments on it"
    DISPLAY = "display", "a banner or video advertisement elsewhere"
    AFFILIATE = "affiliate", "a partner's page that sends visitors for a commission"
    MARKETING_EMAIL = "marketing_email", "campaign and nurture mail"
    WEB = "web", "the company's own site"
    MOBILE_APP = "mobile_app", "the company's own app"
    ORGANIC_SEARCH = "organic_search", "an unpaid result of a search engine"
    HELP_CENTER = "help_center", "help articles and questions with answers"
    SELF_SERVICE = "self_service", "the portal where customers help themselves"
    CHATBOT = "chatbot", "a conversation with a machine"
    LIVE_CHAT = "live_chat", "a conversation on the site with a person"
    MESSENGER = "messenger", "Facebook Messenger"
    WHATSAPP = "whatsapp", "WhatsApp"
    INSTAGRAM_DIRECT = "instagram_direct", "direct messages on Instagram"
    SOCIAL_COMMENT = "social_comment", "public comments on the company's posts"
    EMAIL = "email", "personal mail to and from the company"
    PHONE = "phone", "calls"
    SMS = "sms", "text messages"
    STORE = "store", "a shop with a door"
    SALES_REP = "sales_rep", "a sales representative"
    SUCCESS_MANAGER = "success_manager", "the manager in charge of an account after the purchase"
    COMMUNITY = "community", "a forum where customers answer each other"
    DELIVERY = "delivery", "parcel and packaging"
    RETURNS = "returns", "goods and money on their way back"
    SURVEY = "survey", "a question about the experience"
    REFERRAL = "referral", "a recommendation by another customer"


class Stage(Word):
    """How far the customer has come."""

    AWARENESS = "awareness", "hears of the company"
    CONSIDERATION = "consideration", "looks and compares"
    SALES = "sales", "talks to sales"
    PURCHASE = "purchase", "buys"
    ONBOARDING = "onboarding", "starts to use"
    CARE = "care", "uses, waits and asks"
    RETURN = "return", "sends back"
    RENEWAL = "renewal", "stays or leaves"


class Scope(Word):
    """Nested, innermost first: support inside service inside experience."""

    SUPPORT = "support", "a problem is being solved"
    SERVICE = "service", "the customer is being helped, asked or not"
    EXPERIENCE = "experience", "every touchpoint"


class Actor(Word):
    """Who acted."""

    CUSTOMER = "customer", "the customer; only these acts open or prolong a session and count as first or last touch"
    REPRESENTATIVE = "representative", "a person of the company"
    BOT = "bot", "a machine that converses"
    SYSTEM = "system", "any other machine"


class IdentityKind(Word):
    """By what a source knows somebody, strongest first; the last six are numbers of things, which find a customer and never join two."""

    CUSTOMER_NUMBER = "customer_number", "the business's own number of the customer"
    ACCOUNT = "account", "a login"
    LOYALTY = "loyalty", "a loyalty card"
    EMAIL = "email", "an e-mail address"
    PHONE = "phone", "a phone number, E.164"
    SOCIAL = "social", "network:id"
    TICKET_REQUESTER = "ticket_requester", "the help desk's id of the person who asks"
    DEVICE = "device", "an app installation or a device"
    ANONYMOUS = "anonymous", "a cookie"
    CLICK = "click", "a click id of an advertising network"
    ORDER = "order", "an order number"
    SUBSCRIPTION = "subscription", "a subscription number"
    SHIPMENT = "shipment", "a parcel number"
    RETURN = "return", "a return number"
    TICKET = "ticket", "a ticket number"
    CALL = "call", "a call id"


NUMBER_KINDS = frozenset(
    {
        IdentityKind.ORDER,
        IdentityKind.SUBSCRIPTION,
        IdentityKind.SHIPMENT,
        IdentityKind.RETURN,
        IdentityKind.TICKET,
        IdentityKind.CALL,
    }
)


class Environment(Word):
    """Only production enters metrics."""

    PRODUCTION = "production", "real customers"
    TEST = "test", "a trial system"
    INTERNAL = "internal", "the company's own people"


class Cause(Word):
    """What made an experience bad."""

    PEOPLE = "people", "somebody's conduct or knowledge"
    PROCESS = "process", "how the company works"
    PRODUCT = "product", "what was sold"


class Outcome(Word):
    """How what the customer tried ended."""

    SUCCEEDED = "succeeded", "done"
    FAILED = "failed", "tried and not done"
    ABANDONED = "abandoned", "given up"


class SentimentJudge(Word):
    """Who gave the sentiment."""

    CUSTOMER = "customer", "the customer said so"
    REPRESENTATIVE = "representative", "the person who served"
    MODEL = "model", "a machine's reading of a text"


class Team(Word):
    """The teams that rules.yaml names by default; an event may name any other."""

    MARKETING = "marketing", "ads and campaign mail"
    PRODUCT = "product", "site, app and their use"
    SALES = "sales", "from the lead to the order"
    LOGISTICS = "logistics", "parcels, out and back"
    SUPPORT = "support", "questions, problems, refunds"
