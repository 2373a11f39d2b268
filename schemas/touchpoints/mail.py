"""Marketing mail. Machine opens and scanner clicks come with `by_machine`, they are flagged and not dropped."""

from schemas.fields import Count, Flag, Label, Text, WireModel
from schemas.touchpoints.spec import CUSTOMER, SYSTEM, EventSpec
from schemas.vocabulary import Actor, Channel


class Mail(WireModel):
    """One mail to one person. link_url: of a click; reason: of a bounce."""

    message_id: Label
    campaign_id: Text | None = None
    nurture_step: Count | None = None
    subject: Text | None = None
    link_url: Text | None = None
    reason: Text | None = None
    by_machine: Flag | None = None


def _spec(verb: str, meaning: str, actor: Actor, business_key: tuple[str, ...]) -> EventSpec:
    return EventSpec(
        event_type=f"email.{verb}",
        meaning=meaning,
        payload=Mail,
        channel=Channel.MARKETING_EMAIL,
        actor=actor,
        business_key=business_key,
        personal=("subject", "link_url"),
    )


_ONCE = ("message_id", "identities")  # some providers give all mails of a campaign one message id
_OFTEN = ("message_id", "identities", "occurred_at")

SPECS = (
    _spec("sent", "a mail was sent", SYSTEM, _ONCE),
    _spec("delivered", "the mail provider took it", SYSTEM, _ONCE),
    _spec("opened", "it was opened", CUSTOMER, _OFTEN),
    _spec("clicked", "a link in it was clicked", CUSTOMER, _OFTEN),
    _spec("bounced", "it came back", SYSTEM, _OFTEN),
    _spec("unsubscribed", "the customer wants no more of them", CUSTOMER, _ONCE),
    _spec("complained", "the customer called it spam", CUSTOMER, _ONCE),
)
