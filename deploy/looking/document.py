"""A story as the document that `--json` prints. Pure."""

import dataclasses
from datetime import datetime
from decimal import Decimal
from typing import Any

from deploy.looking.story import Story


def document_of(story: Story) -> dict[str, Any]:
    """Times in ISO 8601, money as text; `mark`, `state` and `left_out` as the pictures show them."""
    found = plain(dataclasses.asdict(story))
    assert isinstance(found, dict)
    for shown, touch in zip(found["touches"], story.touches, strict=True):
        shown["mark"] = touch.mark
    for shown, journey in zip(found["journeys"], story.journeys, strict=True):
        shown["state"] = journey.state
    return {**found, "lanes": list(story.lanes), "left_out": story.left_out}


def plain(value: object) -> object:
    """What JSON has, of what it has not."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {str(name): plain(held) for name, held in value.items()}
    return [plain(held) for held in value] if isinstance(value, list | tuple) else value
