"""Old shapes are lifted to the newest when they are read: one pure function dict -> dict for each (event type, from version).

An upcaster gets the whole event as parsed (it may look at any JSON), must not change it, and returns the next version's form. It never
touches a model: models know only the newest version. The table is empty as long as every type is at version 1.
"""

from collections.abc import Callable, Mapping
from typing import Any

Document = dict[str, Any]
Upcaster = Callable[[Document], Document]
Upcasters = Mapping[tuple[str, int], Upcaster]

UPCASTERS: Upcasters = {}


def upcast(document: Document, event_type: str, version: int, newest: int, table: Upcasters = UPCASTERS) -> Document:
    """`document` lifted step by step to `newest`, with `schema_version` set; KeyError where a step is missing (a test forbids that)."""
    for step in range(version, newest):
        document = {**table[event_type, step](document), "schema_version": step + 1}
    return document
