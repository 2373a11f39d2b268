"""An answer in lines for people."""

from collections.abc import Iterator
from uuid import UUID

from deploy.who.sight import Sight
from deploy.who.why import Answer, moment_of, mute_text, step_text, verdict
from schemas.facts import Customer
from streams.core.identity.explain import Step
from streams.core.identity.graph import NEVER

MARKS = {"joined": "──", "finds": "──"}
"""Any other link is an obstacle."""
MOST_HOLDERS = 20


def lines(found: Answer) -> Iterator[str]:
    """The verdict first, then the chain, then what tells nothing and who held it."""
    sight, why = found.sight, found.why
    a, b = sight.label(found.a.token), sight.label(found.b.token)
    when = f" as known at {found.as_of.isoformat()}" if found.as_of else ""
    yield f"{a}  and  {b}: {verdict(found)}{when}"
    if why is None:
        for end in (found.a, found.b):
            if end.identity is not None and end.identity.junk:
                yield f"  {sight.label(end.token)} is junk ({end.identity.junk}): it never links"
        return
    yield f"  customer {_customer(why.customer_a)}" + ("" if why.is_joined else f"  and  {_customer(why.customer_b)}")
    if not why.steps:
        yield "  nothing was ever seen that connects them"
        return
    yield ""
    yield f"  {a}"
    for step in why.steps:
        yield from _step(step, found, sight)
    for mute in why.mutes:
        yield f"  {sight.label(mute.token)} tells nothing alone: {mute_text(mute)}"
    yield from _holders(found, sight)


def _step(step: Step, found: Answer, sight: Sight) -> Iterator[str]:
    mark = MARKS.get(step.state, "✗ ")
    yield f"   │ {mark} {step_text(step, found)}"
    if step.first_seen != NEVER:
        event = sight.event(step.evidence)
        what = f"{event.event_type} from {event.source}" if event.event_type else "event"
        yield f"   │    {moment_of(step.first_seen)}  {what}  {event.event_id}"
    if step.cut_at is not None:
        yield f"   │    {moment_of(step.cut_at)}  identity.unlinked  {sight.event(step.cut_by).event_id}"
    yield f"  {sight.label(step.b)}"


def _holders(found: Answer, sight: Sight) -> Iterator[str]:
    for token, held in found.holders.items():
        if held:
            yield f"  {sight.label(token)} belongs to whoever is logged in:"
        for h in held[-MOST_HOLDERS:]:
            until = "now" if h.until == NEVER else moment_of(h.until)
            yield f"    {moment_of(h.since)} to {until}  {sight.label(h.account)}  customer {_customer(h.customer)}"


def _customer(customer: Customer) -> str:
    return str(UUID(bytes=customer)) if customer else "none"
