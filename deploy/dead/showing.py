"""One letter for eyes: what may name a person is masked unless asked for otherwise."""

from typing import Any

import orjson

from deploy.dead.letters import Letter
from deploy.tail.masking import HIDDEN, masked_event
from schemas.dead_letters import RejectReason

MEANINGS = {str(reason): reason.meaning for reason in RejectReason}


def document(letter: Letter, with_raw: bool) -> dict[str, Any]:
    """The row's columns, the meaning of its reason, and the event as far as it can be read."""
    columns = {name: value for name, value in letter.columns.items() if name not in ("raw_partition", "raw_offset")}
    told = {"at": letter.place, **columns, "meaning": MEANINGS.get(columns["reason"], ""), "bytes": len(letter.raw)}
    if with_raw:
        return {**told, "raw": letter.raw.decode("utf-8", "backslashreplace")}
    return {**told, "raw": _masked(letter.raw)}


def _masked(raw: bytes) -> str:
    """An event without what may name a person; what is no JSON object is hidden whole."""
    try:
        event = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return HIDDEN if raw else ""
    return orjson.dumps(masked_event(event)).decode() if isinstance(event, dict) else HIDDEN
