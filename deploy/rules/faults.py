"""Everything that is wrong with the text of a rules.yaml, each with its line. `schemas.rules` stops at the first."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError

from schemas.errors import RulesInvalid
from schemas.rules import Rules, rules_from

REMEDY = "docs/rules.md says what each section takes"


@dataclass(frozen=True, slots=True)
class Fault:
    """`line` from 1 on; `field` dotted, with places in lists from 0 on, empty where the text is no YAML."""

    line: int
    field: str
    message: str


def faults_in(text: str) -> list[Fault]:
    """In the order of the lines; none where the rules can be used."""
    try:
        rules_from(text)
    except RulesInvalid as first:
        return _all_of(text) or [Fault(_line_in(first.field), "", first.message.partition(": ")[2] or first.message)]
    return []


def _line_in(field: str) -> int:
    return int(field.removeprefix("line ")) if field.startswith("line ") else 1


def _all_of(text: str) -> list[Fault]:
    """None where it is the text itself that is wrong."""
    try:
        tree = yaml.compose(text, yaml.SafeLoader)
        Rules.model_validate(yaml.safe_load(text))
    except ValidationError as why:
        found = [_fault(tree, error) for error in why.errors(include_url=False, include_input=False)]
        return sorted({(fault.line, fault.field): fault for fault in reversed(found)}.values(), key=lambda fault: fault.line)
    except (yaml.YAMLError, ValueError):  # ValueError: what looks like a date and is none
        return []
    return []  # a doubled key: YAML itself takes the last


def _fault(tree: Any, error: Any) -> Fault:
    where = [part for part in error["loc"] if part != "[key]"]
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "no rule has this name: a misspelt one would silently not apply"
    return Fault(_line(tree, where), ".".join(map(str, where)), message)


def _line(node: Any, where: Iterable[str | int]) -> int:
    """Of the deepest part of the path that stands in the text."""
    line = node.start_mark.line if node is not None else 0
    for part in where:
        key, node = _below(node, part)
        if node is None:
            break
        line = (key or node).start_mark.line
    return int(line) + 1


def _below(node: Any, part: str | int) -> tuple[Any, Any]:
    """(the key's node where there is one, the value's node)."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(part)), (None, None))
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return None, node.value[part]
    return None, None
