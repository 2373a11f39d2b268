"""Builders of stories: defaults for all but what a test is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from deploy.looking.story import Episode, Identity, Journey, Session, Story, Touch

T0 = datetime(2025, 6, 2, 9, 0, tzinfo=UTC)
CUSTOMER = "8b1c6f0e-1111-8222-9333-abcdefabcdef"


def a_touch(minutes: float, event: str = "", **changes: object) -> Touch:
    """An act on the web, `minutes` after T0, in session s1 of journey j1."""
    known = Touch(
        event or f"e{minutes}", T0 + timedelta(minutes=minutes), "page.viewed", "shop", "web", "consideration", "experience", "product",
        "customer", None, False, None, "", "s1", "j1", "looked at /mugs",
    )  # fmt: skip
    return replace(known, **changes)  # type: ignore[arg-type]


def a_journey(number: int = 1, **changes: object) -> Journey:
    known = Journey(
        f"j{number}", number, T0, T0 + timedelta(days=3), False, True, 0, touchpoints=12, sessions=3, orders=1, handovers=2, bad=1,
        first_sentiment=0.2, last_sentiment=-0.6, net=Decimal("19.9000"), currency="EUR", campaign="spring", country="DE",
    )  # fmt: skip
    return replace(known, **changes)  # type: ignore[arg-type]


def an_episode(kind: str, number: str, since: float, until: float, told: str = "delivered") -> Episode:
    """Times in minutes after T0."""
    return Episode(kind, number, "delivered", T0 + timedelta(minutes=since), T0 + timedelta(minutes=until), told)


def a_story(*touches: Touch, episodes: tuple[Episode, ...] = (), **changes: object) -> Story:
    identities = (Identity("email", "j***@example.org", T0, "e0"), Identity("anonymous", "c***", T0, "e0"))
    sessions = (Session("s1", T0, T0 + timedelta(hours=1), 3),)
    return replace(Story(CUSTOMER, (), identities, (a_journey(),), sessions, touches, episodes, len(touches)), **changes)  # type: ignore[arg-type]


def a_long_story(count: int) -> Story:
    """So many touchpoints over ten channels, in sessions of eight, three days between them, an order in each."""
    channels = ("web", "mobile_app", "email", "phone", "delivery", "returns", "paid_search", "chatbot", "store", "help_center")
    touches, episodes = [], []
    for n in range(count):
        session, step = divmod(n, 8)
        minutes = session * 3 * 24 * 60 + step * 3.0
        act = step % 3 != 2
        touches.append(
            a_touch(
                minutes, f"e{n}", channel=channels[(session + step) % 10], stage=("consideration", "purchase", "care")[step * 3 // 8],
                owner=("product", "sales", "support")[step * 3 // 8], actor="customer" if act else "system",
                sentiment={3: 0.2, 6: -0.6}.get(step), session_id=f"s{session}", told=f"did thing number {n}",
            )
        )  # fmt: skip
        if step == 3:
            episodes.append(an_episode("order", f"O-{session}", minutes, minutes + 3 * 24 * 60 + 9))
    return a_story(*touches, episodes=tuple(episodes), journeys=(a_journey(touchpoints=count),))
