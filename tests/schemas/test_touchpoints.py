"""The catalogue is whole, consistent, and says by default what the payload cannot."""

from typing import Any

import orjson
import pytest

from schemas.codec import Decoded, decode
from schemas.envelope import AnyEvent
from schemas.errors import ConfigurationError
from schemas.examples import example
from schemas.ids import event_id_for
from schemas.touchpoints import AREAS, EVENT_TYPES, event_model
from schemas.touchpoints.defaults import actor_of, business_key_of, channel_of, numbers_of, unknown_fields
from schemas.touchpoints.spec import registry
from schemas.vocabulary import NUMBER_KINDS, Actor, Channel, IdentityKind

_NAMES = """
ad.shown ad.clicked ad.commented ad_cost.reported
email.sent email.delivered email.opened email.clicked email.bounced email.unsubscribed email.complained
page.viewed screen.viewed product.viewed search.performed cart.changed checkout.started form.submitted account.created
login.succeeded login.failed logout.done review.posted
article.viewed article.rated faq.searched bot.started bot.answered bot.handed_over bot.ended self_service.used
lead.created demo.booked meeting.held quote.sent quote.accepted opportunity.lost store.visited
order.placed order.changed order.cancelled payment.succeeded payment.failed
trial.started subscription.started subscription.renewed subscription.changed subscription.cancelled subscription.lapsed
onboarding.started onboarding.step_done onboarding.completed product.used
shipment.sent shipment.delayed shipment.delivered shipment.failed notification.sent
ticket.opened ticket.assigned ticket.replied ticket.pending ticket.solved ticket.reopened ticket.closed ticket.tagged
call.queued call.answered call.abandoned call.held call.transferred call.ended
message.received message.sent comment.received comment.answered order_issue.raised
return.requested return.approved return.rejected return.label_sent return.shipped return.received
refund.issued exchange.shipped
survey.offered survey.answered
identity.linked identity.unlinked identity.shared consent.changed erasure.requested
touchpoint.retracted
"""
CATALOGUE = _NAMES.split()


def an_event(event_type: str, **overrides: Any) -> AnyEvent:
    outcome = decode(orjson.dumps(example(event_type, **overrides)))
    assert isinstance(outcome, Decoded), outcome
    return outcome.event


def test_the_catalogue_has_every_event_type_once() -> None:
    assert sorted(EVENT_TYPES) == sorted(CATALOGUE)
    assert len(EVENT_TYPES) == sum(len(specs) for specs in AREAS.values())


def test_two_specs_under_one_name_are_refused() -> None:
    spec = EVENT_TYPES["order.placed"]
    with pytest.raises(ConfigurationError, match=r"order\.placed stands twice"):
        registry([spec, spec])


@pytest.mark.parametrize("event_type", CATALOGUE)
def test_a_spec_names_only_fields_that_its_payload_has(event_type: str) -> None:
    spec = EVENT_TYPES[event_type]
    named = {*spec.personal, *spec.numbers.values(), *spec.business_key} - {"occurred_at", "identities"}
    assert named <= set(spec.payload.model_fields)
    assert set(spec.numbers) <= NUMBER_KINDS
    assert spec.needs_identity == (spec.channel is not None)


@pytest.mark.parametrize("event_type", CATALOGUE)
def test_an_event_and_its_payload_are_frozen(event_type: str) -> None:
    assert event_model(event_type).model_config["frozen"]
    assert EVENT_TYPES[event_type].payload.model_config["frozen"]


def test_what_the_event_says_itself_always_wins() -> None:
    event = an_event("call.queued", actor="bot", channel="sms")
    assert (actor_of(event), channel_of(event)) == (Actor.BOT, Channel.SMS)


@pytest.mark.parametrize(
    ("event_type", "payload", "actor"),
    [
        ("page.viewed", {}, Actor.CUSTOMER),
        ("ad.shown", {}, Actor.SYSTEM),
        ("email.opened", {"by_machine": False}, Actor.CUSTOMER),
        ("email.opened", {"by_machine": True}, Actor.SYSTEM),
        ("email.clicked", {"by_machine": True}, Actor.SYSTEM),
        ("call.queued", {"direction": "inbound"}, Actor.CUSTOMER),
        ("call.queued", {"direction": "outbound"}, Actor.REPRESENTATIVE),
        ("ticket.replied", {"author": "customer"}, Actor.CUSTOMER),
        ("ticket.replied", {"author": "system"}, Actor.SYSTEM),
        ("message.sent", {"author": "bot"}, Actor.BOT),
        ("message.received", {"author": "customer"}, Actor.CUSTOMER),
        ("order.cancelled", {"by": "shop"}, Actor.SYSTEM),
        ("order.cancelled", {"by": "customer"}, Actor.CUSTOMER),
        ("bot.answered", {}, Actor.BOT),
        ("shipment.delivered", {}, Actor.SYSTEM),
    ],
)
def test_who_acted_follows_from_type_and_payload(event_type: str, payload: dict[str, Any], actor: Actor) -> None:
    assert actor_of(an_event(event_type, payload=payload)) is actor


@pytest.mark.parametrize(
    ("event_type", "payload", "channel"),
    [
        ("ad.clicked", {"network": "google-ads"}, Channel.PAID_SEARCH),
        ("ad.clicked", {"network": "Facebook"}, Channel.PAID_SOCIAL),
        ("ad.shown", {"network": "criteo", "keyword": None}, Channel.DISPLAY),
        ("message.received", {"network": "instagram"}, Channel.INSTAGRAM_DIRECT),
        ("message.received", {"network": None}, Channel.LIVE_CHAT),
        ("notification.sent", {"medium": "sms"}, Channel.SMS),
        ("notification.sent", {"medium": "push"}, Channel.MOBILE_APP),
        ("notification.sent", {"medium": "letter"}, Channel.EMAIL),
        ("order.placed", {"sales_channel": "store"}, Channel.STORE),
        ("order.placed", {"sales_channel": "marketplace"}, Channel.WEB),
        ("ticket.opened", {}, Channel.EMAIL),
        ("touchpoint.retracted", {}, None),
    ],
)
def test_the_channel_follows_from_type_and_payload(event_type: str, payload: dict[str, Any], channel: Channel | None) -> None:
    assert channel_of(an_event(event_type, payload=payload)) is channel


def key_of(event: AnyEvent) -> tuple[str, ...] | None:
    return business_key_of(EVENT_TYPES[event.event_type], event.payload, event.occurred_at, event.identities)


def test_a_resend_has_the_same_business_key_and_so_the_same_id() -> None:
    key = key_of(an_event("order.placed"))
    assert key == ("o-1001",) == key_of(an_event("order.placed", sent_at="2026-03-09T00:00:00Z"))
    assert event_id_for("shop-eu", "order.placed", key) == event_id_for("shop-eu", "order.placed", "o-1001")


def test_a_second_change_of_one_order_is_another_event() -> None:
    assert key_of(an_event("order.changed")) != key_of(an_event("order.changed", occurred_at="2026-03-03T00:00:00Z"))


def test_one_message_id_for_a_whole_campaign_does_not_make_all_mails_one_event() -> None:
    other = an_event("email.sent", identities=[{"kind": "email", "value": "ben@example.org"}])
    assert key_of(an_event("email.sent")) != key_of(other)


def test_no_key_without_all_of_its_parts() -> None:
    assert key_of(an_event("page.viewed")) is None
    assert key_of(an_event("lead.created", payload={"lead_id": None})) is None


def test_numbers_come_from_the_payload_and_from_links_each_once() -> None:
    event = an_event("refund.issued", links={"order": "o-1001", "return": "r-2", "ticket": "t-9"})
    assert numbers_of(event) == (
        (IdentityKind.RETURN, "r-1"),
        (IdentityKind.ORDER, "o-1001"),
        (IdentityKind.TICKET, "t-9"),
        (IdentityKind.RETURN, "r-2"),
    )


def test_unknown_payload_fields_are_named_for_counting() -> None:
    assert unknown_fields("page.viewed", {"url": "/", "colour": 1, "size": 2}) == ["colour", "size"]
    assert unknown_fields("page.viewed", {"url": "/", "title": None}) == []
