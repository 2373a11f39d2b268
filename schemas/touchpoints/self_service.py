"""Where customers help themselves: articles, answers, the bot, the portal."""

from schemas.fields import Flag, Label, Text, WireModel
from schemas.payload_words import SelfServiceAction
from schemas.touchpoints.site import Search
from schemas.touchpoints.spec import BOT, CUSTOMER, EventSpec
from schemas.vocabulary import Actor, Channel, IdentityKind


class Article(WireModel):
    """helpful: the reader's answer, of a rating."""

    article_id: Label
    title: Text | None = None
    helpful: Flag | None = None


class BotTurn(WireModel):
    """substantive: an answer and not just a greeting; reason: of a hand-over or an end; handed_over_to: queue or channel."""

    conversation_id: Label
    intent: Text | None = None
    substantive: Flag | None = None
    reason: Text | None = None
    handed_over_to: Text | None = None


class SelfService(WireModel):
    """What was done without a person."""

    action: SelfServiceAction
    order_id: Text | None = None


def _bot(verb: str, meaning: str, actor: Actor, business_key: tuple[str, ...]) -> EventSpec:
    return EventSpec(
        event_type=f"bot.{verb}",
        meaning=meaning,
        payload=BotTurn,
        channel=Channel.CHATBOT,
        actor=actor,
        business_key=business_key,
    )


_HELP = Channel.HELP_CENTER
_ONCE = ("conversation_id",)

SPECS = (
    EventSpec(event_type="article.viewed", meaning="a help article was read", payload=Article, channel=_HELP, actor=CUSTOMER),
    EventSpec(event_type="article.rated", meaning="a help article was judged", payload=Article, channel=_HELP, actor=CUSTOMER),
    EventSpec(
        event_type="faq.searched",
        meaning="the help center was searched",
        payload=Search,
        channel=_HELP,
        actor=CUSTOMER,
        personal=("query",),
    ),
    _bot("started", "the customer wrote to the bot", CUSTOMER, _ONCE),
    _bot("answered", "the bot answered", BOT, ()),
    _bot("handed_over", "the bot gave up and called a person", BOT, ("conversation_id", "occurred_at")),
    _bot("ended", "the conversation with the bot ended", BOT, _ONCE),
    EventSpec(
        event_type="self_service.used",
        meaning="the customer did in the portal what else a person would have done",
        payload=SelfService,
        channel=Channel.SELF_SERVICE,
        actor=CUSTOMER,
        numbers={IdentityKind.ORDER: "order_id"},
    ),
)
