"""Tickets of the help desk: most are answered within the hour, some not, some come back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.demo.goods import REPRESENTATIVES
from deploy.demo.life import Life
from deploy.demo.world import Document, Identity, identity, number_identity

WITHIN_THE_HOUR, REOPENED_SHARE, BOT_SHARE = 0.72, 0.12, 0.4


@dataclass(slots=True)
class Ticket:
    """Goes on from `at`. The help desk's own events carry its number and nothing else."""

    life: Life
    ticket_id: str
    at: datetime
    links: Document
    messages: int = 0

    def tell(self, verb: str, payload: Document, who: list[Identity] | None = None, **envelope: object) -> None:
        known = [*(who or []), number_identity("ticket", self.ticket_id)]
        self.life.tell(f"ticket.{verb}", self.at, {"ticket_id": self.ticket_id, **payload}, known, links=self.links, **envelope)

    def reply(self, author: str, *, public: bool = True, substantive: bool = True) -> None:
        self.messages += 1
        who = requester(self.life) if author == "customer" else None
        actor = author if author in ("customer", "bot", "system") else "representative"
        payload = {"message_id": f"{self.ticket_id}-{self.messages}", "author": author, "public": public, "substantive": substantive}
        if author == "representative":
            payload["representative_id"] = self.life.rng.choice(REPRESENTATIVES)
        self.tell("replied", payload, who, actor=actor)

    def wait(self, least_s: float, mean_s: float) -> None:
        self.at = self.life.later(self.at, least_s=least_s, mean_s=mean_s)


def requester(life: Life) -> list[Identity]:
    """The help desk knows its own id of whoever asks, and the address that the mail came from."""
    person = life.person
    if person.difficulty == "office":
        return [identity("customer_number", person.customer_number), identity("ticket_requester", person.requester)]
    return [identity("ticket_requester", person.requester), identity("email", life.address)]


def ticket(life: Life, at: datetime, *, reason: str, order: str | None = None) -> Ticket:
    """A question or a problem from the first mail to the last; returns it with the moment of its end."""
    number = life.diary.number("T")
    on = Ticket(life, number, at, {"ticket": number})
    payload = {"subject": reason.replace("_", " "), "reason": reason, "priority": life.rng.choice(("normal", "high")), "queue": "mail"}
    more = [number_identity("order", order)] if order else []
    on.tell("opened", {**payload, **({"order_id": order} if order else {})}, [*requester(life), *more])
    if life.rng.random() < BOT_SHARE:
        on.wait(1, 4)
        on.reply("bot", substantive=False)
    on.wait(20, 120)
    on.tell("assigned", {"team": "first-line", "representative_id": life.rng.choice(REPRESENTATIVES)})
    if life.rng.random() < 0.1:
        on.reply("representative", public=False)
    _answer(on)
    _solve(on)
    return on


def _answer(on: Ticket) -> None:
    quick = on.life.rng.random() < WITHIN_THE_HOUR
    on.wait(60, 1100) if quick else on.wait(3600, 9 * 3600)
    on.reply("representative")
    if on.life.rng.random() < 0.35:
        on.tell("pending", {"status": "pending"})
        on.wait(600, 6 * 3600)
        on.reply("customer")
        on.wait(300, 3 * 3600)
        on.reply("representative")
    if on.life.rng.random() < 0.3:
        on.tell("tagged", {"tags": ["parcel", "late"]})


def _solve(on: Ticket) -> None:
    on.wait(10, 300)
    on.tell("solved", {"status": "solved"})
    if on.life.rng.random() < REOPENED_SHARE:
        on.wait(3600, 24 * 3600)
        on.reply("customer")
        on.wait(1, 2)
        on.tell("reopened", {"status": "open", "reason": "not_solved"}, cause="process")
        on.wait(600, 4 * 3600)
        on.reply("representative")
        on.tell("solved", {"status": "solved"})
    closing = Ticket(on.life, on.ticket_id, on.at + timedelta(days=4), on.links)
    closing.tell("closed", {"status": "closed"})
