"""One person's life in the simulated world: who they are to each system, and how they write into the diary."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from deploy.demo.people import Device, Person
from deploy.demo.world import Diary, Document, Identity, identity, number_identity, written

AGENTS = {
    "desktop": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "mobile": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36",
    "tablet": "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/604.1",
}
OFFLINE_SHARE = 0.03
"""of the events that come hours after they happened, because the device was offline or a batch ran at night"""


@dataclass(slots=True)
class Life:
    """`has_account` is what the shop knows by now; before it, a person with an account to come is a guest."""

    diary: Diary
    person: Person
    rng: random.Random
    has_account: bool = False
    address_given: bool = False
    orders: int = 0
    unsubscribed: bool = False
    subscription: str = ""
    relay: str = ""
    """the address that a marketplace lent for the last order"""
    _written: int = field(default=0)

    def tell(self, event_type: str, at: datetime, payload: Document, identities: Iterable[Identity], **envelope: object) -> str:
        """Writes one event and returns its id; further keywords are fields of the envelope, None is left out."""
        self._written += 1
        document = written(self.diary.world, event_type, at, self._sent(at), (self.person.key, str(self._written)), payload)
        document["identities"] = list(identities)
        document.update({name: value for name, value in envelope.items() if value is not None})
        self.diary.add(document, at, self.person.key, self.person.difficulty)
        return str(document["event_id"])

    def _sent(self, at: datetime) -> datetime:
        if self.rng.random() < OFFLINE_SHARE:
            return at + timedelta(minutes=self.rng.randint(30, 20 * 60))
        return at + timedelta(milliseconds=self.rng.randint(20, 4000))

    def names(self, *numbers: Identity) -> list[Identity]:
        """By what the back office knows this person, and the numbers of the things concerned."""
        if self.has_account:
            return [identity("customer_number", self.person.customer_number), identity("email", self.person.email), *numbers]
        return [identity("email", self.address), *numbers]

    @property
    def address(self) -> str:
        """The address that this person gives: lent by a marketplace, or mistyped as long as nobody noticed."""
        if self.relay:
            return self.relay
        mistyped = self.person.first_address and not self.has_account
        return self.person.first_address if mistyped else self.person.email

    def browser(self, device: Device, *, logged_in: bool) -> list[Identity]:
        """What a page knows of whoever looks at it."""
        seen = [identity("account", self.person.account)] if logged_in else []
        if device.app:
            seen.append(identity("device", device.app))
        return [*seen, identity("anonymous", device.cookie)]

    def context(self, device: Device, **more: object) -> Document:
        return {
            "device": device.form,
            "locale": self.person.locale,
            "ip_country": self.person.country,
            "user_agent": AGENTS[device.form],
            **more,
        }

    def later(self, at: datetime, *, least_s: float, mean_s: float) -> datetime:
        """A moment after `at`: the least pause and an exponential one."""
        return at + timedelta(milliseconds=round(1000 * (least_s + self.rng.expovariate(1 / mean_s))))

    def by_day(self, at: datetime) -> datetime:
        """The same day, at an hour when people are awake; never earlier than `at`."""
        morning = at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(seconds=self.rng.randint(7 * 3600, 22 * 3600))
        return max(at, morning)


def order_number(order_id: str) -> Identity:
    return number_identity("order", order_id)
