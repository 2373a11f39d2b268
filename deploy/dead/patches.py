"""Patches of events: RFC 6902 (a JSON array of operations) or RFC 7396 (a JSON object to merge), told apart by their form (pure)."""

from collections.abc import Callable
from typing import Any

import json_merge_patch
import jsonpatch
import orjson

from schemas.codec import DEFAULT_LIMITS, Limits, parse
from schemas.dead_letters import Rejection
from schemas.errors import SettingInvalid

Patch = Callable[[bytes], bytes | str]
"""Bytes to bytes; or in words why the patch does not apply to them."""
REMEDY = "a JSON Patch is an array of operations (RFC 6902), a merge patch an object (RFC 7396)"


def unpatched(raw: bytes) -> bytes | str:
    """As it is."""
    return raw


def patch_of(text: bytes) -> Patch:
    """Raises SettingInvalid where it is no patch."""
    try:
        told = orjson.loads(text)
        operations = jsonpatch.JsonPatch(told) if isinstance(told, list) else None
    except (orjson.JSONDecodeError, jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError) as why:
        raise SettingInvalid(f"no patch: {type(why).__name__}", setting="--patch", remedy=REMEDY) from why
    if operations is None and not isinstance(told, dict):
        raise SettingInvalid("no patch: JSON, but neither array nor object", setting="--patch", remedy=REMEDY)
    return lambda raw: _patched(raw, operations, told)


def _patched(raw: bytes, operations: jsonpatch.JsonPatch | None, merge: Any) -> bytes | str:
    document = parse(raw, Limits(2**62, DEFAULT_LIMITS.json_depth))
    if isinstance(document, Rejection):
        return f"no JSON object to patch ({document.reason})"
    try:
        changed = json_merge_patch.merge(document, merge) if operations is None else operations.apply(document)
        return orjson.dumps(changed)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, orjson.JSONEncodeError, TypeError) as why:
        return f"the patch does not apply ({type(why).__name__})"
