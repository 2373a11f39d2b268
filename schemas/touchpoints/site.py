"""The site and the app: views, searches, the cart, forms, accounts, reviews."""

from schemas.fields import Count, Currency, Label, Language, Milliseconds, Money, Rank, Real, Text, WireModel
from schemas.touchpoints.spec import CUSTOMER, EventSpec
from schemas.vocabulary import Channel


class PageViewed(WireModel):
    """duration_ms: how long it stayed in view."""

    url: Label
    title: Text | None = None
    referrer: Text | None = None
    language: Language | None = None
    duration_ms: Milliseconds | None = None


class ScreenViewed(WireModel):
    """duration_ms: how long it stayed in view."""

    screen: Label
    title: Text | None = None
    referrer: Text | None = None
    language: Language | None = None
    duration_ms: Milliseconds | None = None


class ProductViewed(WireModel):
    """price: of one piece, as shown."""

    product_id: Label
    name: Text | None = None
    category: Text | None = None
    price: Money | None = None
    currency: Currency | None = None


class Search(WireModel):
    """clicked_rank: which result was taken, where one was."""

    query: Text
    result_count: Count
    clicked_rank: Rank | None = None


class CartLine(WireModel):
    """unit_price: of one piece."""

    product_id: Label
    quantity: Count
    unit_price: Money | None = None


class Cart(WireModel):
    """The whole cart as it is now, not the change. value: of all lines."""

    cart_id: Label
    lines: tuple[CartLine, ...]
    value: Money | None = None
    currency: Currency | None = None


class FormSubmitted(WireModel):
    """Which form; its content stays where it is."""

    form_id: Text | None = None


class Account(WireModel):
    """method: password, google, passkey, ...; reason: of a failure; address: the postal one, in one line."""

    account_id: Text | None = None
    method: Text | None = None
    reason: Text | None = None
    name: Text | None = None
    address: Text | None = None


class Review(WireModel):
    """rating: out of scale_max."""

    product_id: Text | None = None
    rating: Real | None = None
    scale_max: Real | None = None
    text: Text | None = None


def _spec(
    event_type: str,
    meaning: str,
    payload: type[WireModel],
    *,
    personal: tuple[str, ...] = (),
    business_key: tuple[str, ...] = (),
    channel: Channel = Channel.WEB,
) -> EventSpec:
    return EventSpec(
        event_type=event_type,
        meaning=meaning,
        payload=payload,
        channel=channel,
        actor=CUSTOMER,
        personal=personal,
        business_key=business_key,
    )


_ACCOUNT = ("account_id",)
_WHOSE = (*_ACCOUNT, "name", "address")

SPECS = (
    _spec("page.viewed", "a page of the site was seen", PageViewed, personal=("url", "referrer")),
    _spec("screen.viewed", "a screen of the app was seen", ScreenViewed, personal=("referrer",), channel=Channel.MOBILE_APP),
    _spec("product.viewed", "a product was looked at", ProductViewed),
    _spec("search.performed", "the site was searched", Search, personal=("query",)),
    _spec("cart.changed", "something was put into the cart or taken out", Cart),
    _spec("checkout.started", "the customer went to pay", Cart),
    _spec("form.submitted", "a form was sent", FormSubmitted),
    _spec("account.created", "an account was made", Account, personal=_WHOSE, business_key=_ACCOUNT),
    _spec("login.succeeded", "somebody logged in", Account, personal=_WHOSE),
    _spec("login.failed", "somebody failed to log in", Account, personal=_WHOSE),
    _spec("logout.done", "somebody logged out", Account, personal=_WHOSE),
    _spec("review.posted", "a review was written", Review, personal=("text",)),
)
