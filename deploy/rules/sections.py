"""What each section of rules.yaml does, what a change of it changes, and from where its effect can be told."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Reach(StrEnum):
    """What a change touches. Where several differ, each of them is replayed."""

    ADMISSION = "what is let in, and how"
    IDENTITY = "who is who"
    ROWS = "sessions, journeys, stages, figures"
    VIEWS = "views only"
    NOTHING = "nothing yet"


@dataclass(frozen=True, slots=True)
class Section:
    """`reach` is that of the whole section; single fields may reach elsewhere, see REACHES."""

    does: str
    reach: Reach


SECTIONS: Final[Mapping[str, Section]] = MappingProxyType(
    {
        "version": Section("stands on every row that these rules shaped; raise it with every change", Reach.NOTHING),
        "identity": Section("which identities join into one customer, which belong to several people, which to nobody", Reach.IDENTITY),
        "sessions": Section("how long a silence ends a session, and whose acts open and prolong one", Reach.ROWS),
        "journeys": Section("how long a silence ends a journey, and which event types end it at once", Reach.ROWS),
        "stages": Section("the stage of a touchpoint: the first rule whose type and condition hold", Reach.ROWS),
        "scopes": Section("support inside service inside experience: the innermost that applies", Reach.ROWS),
        "owners": Section("the team in charge where an event does not name one: the first that names the type", Reach.ROWS),
        "sentiment": Section("how good a touchpoint was, -1 to 1: the first rule that applies", Reach.ROWS),
        "bad_experience": Section("from which score on, and by which facts, a touchpoint is bad", Reach.ROWS),
        "targets": Section("what is promised: first response, solution, calls, refunds, repeat contacts", Reach.ROWS),
        "calendars": Section("when somebody works: hours by weekday, holidays, time zone", Reach.ROWS),
        "alerts": Section("what raises an alert while there is time to act", Reach.ROWS),
        "lateness": Section("how late a source may be before its events count as late; nothing is dropped for it", Reach.VIEWS),
        "bots": Section("from which score on an event is marked as a crawler's and kept out of figures", Reach.ADMISSION),
        "drop": Section("events that are not kept, each rule counted under its name", Reach.ADMISSION),
        "limits": Section("the largest event, the earliest and latest time that are believed, the steps of a path", Reach.ADMISSION),
    }
)

REACHES: Final[Mapping[str, Reach]] = MappingProxyType(
    {
        "identity.junk": Reach.ADMISSION,
        "identity.device_ownership": Reach.ADMISSION,
        "alerts.return_spike": Reach.VIEWS,
        "limits.path_first": Reach.ROWS,
        "limits.path_last": Reach.ROWS,
        "limits.customer_facts": Reach.NOTHING,
        "targets.call_answer.share": Reach.NOTHING,
        "targets.reopen_days": Reach.NOTHING,
        "targets.return_window_days": Reach.VIEWS,
    }
)
"""Fields that reach elsewhere than their section."""
STRENGTH: Final = ".strength"
"""Admission sorts the identities of an event by it, and says of the strongest what was seen with it."""


def reach_of(path: str) -> Reach:
    """Of a dotted field."""
    if path.startswith("identity.kinds.") and path.endswith(STRENGTH):
        return Reach.ADMISSION
    found = next((reach for field, reach in REACHES.items() if path == field or path.startswith(f"{field}.")), None)
    return found or SECTIONS[path.partition(".")[0]].reach
