"""Compiles the values of a mapping into plain functions of a row. Names and constants, which most values are, never reach JMESPath."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from operator import methodcaller
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from deploy.importer.errors import MappingInvalid, RowRefused
from deploy.importer.functions import MappingFunctions, Rows
from deploy.importer.mapping import Value

Row = dict[str, Any]
Evaluate = Callable[[Any], Any]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LITERAL = re.compile(r"'([^'\\]*)'")
_SPECIAL_EACH, _SPECIAL_CONSTANT = {"each", "as"}, {"constant"}


class Compiler:
    """`columns_read` gathers the names that expressions look up in the row itself, so that a misspelt one can be told."""

    def __init__(self, tables: Mapping[str, Rows]) -> None:
        self.columns_read: dict[str, str] = {}
        self._options = jmespath.Options(custom_functions=MappingFunctions(tables))

    def value(self, value: Value, place: str, root: bool = True) -> Evaluate:
        """`place` is the dotted path in the mapping, for messages; `root` is False inside `each`."""
        if isinstance(value, str):
            return self.expression(value, place, root)
        if isinstance(value, list):
            return partial(_array, [self.value(item, f"{place}.{number}", root) for number, item in enumerate(value)])
        if not isinstance(value, dict):
            return partial(_constant, value)
        if value.keys() == _SPECIAL_CONSTANT:
            return partial(_constant, value["constant"])
        if value.keys() == _SPECIAL_EACH:
            elements = self.value(value["each"], f"{place}.each", root)
            return partial(_each, elements, self.value(value["as"], f"{place}.as", root=False), place)
        return partial(_object, [(name, self.value(inner, f"{place}.{name}", root)) for name, inner in value.items()])

    def expression(self, text: str, place: str, root: bool = True) -> Evaluate:
        if _NAME.fullmatch(text):
            if root:
                self.columns_read.setdefault(text, place)
            return methodcaller("get", text)
        if literal := _LITERAL.fullmatch(text):
            return partial(_constant, literal[1])
        try:
            parsed = jmespath.compile(text)
        except JMESPathError as why:
            raise MappingInvalid(place, f"no JMESPath expression: {_first_line(why)}", "see docs/importing.md and jmespath.org") from why
        if root:
            for name in _names_at_root(parsed.parsed):
                self.columns_read.setdefault(name, place)
        return partial(_search, parsed, self._options, place)

    def condition(self, text: str | None, place: str) -> Callable[[Row], bool]:
        """As JMESPath sees truth: null, false, "" and empty lists are not."""
        if text is None:
            return _always
        evaluate = self.expression(text, place)
        return lambda row: evaluate(row) not in (None, False, "", [], {})


def _always(_: Row) -> bool:
    return True


def _constant(value: Any, _: Any) -> Any:
    return value


def _search(parsed: Any, options: Any, place: str, row: Any) -> Any:
    try:
        return parsed.search(row, options=options)
    except JMESPathError as why:
        raise RowRefused(f"{place}: {type(why).__name__}", "the expression does not fit the kinds of the row's values") from why
    except (ArithmeticError, re.error) as why:
        raise RowRefused(f"{place}: {type(why).__name__}", "the expression cannot be computed for this row") from why


def _object(parts: list[tuple[str, Evaluate]], row: Any) -> dict[str, Any] | None:
    """Without its null fields; null where nothing is left."""
    return {name: found for name, evaluate in parts if (found := evaluate(row)) is not None} or None


def _array(parts: list[Evaluate], row: Any) -> list[Any] | None:
    return [found for evaluate in parts if (found := evaluate(row)) is not None] or None


def _each(elements: Evaluate, shape: Evaluate, place: str, row: Any) -> list[Any]:
    found = elements(row)
    if found is None:
        return []
    if not isinstance(found, list):
        raise RowRefused(f"{place}: each needs a list", "give an expression that yields one")
    return [shaped for element in found if (shaped := shape(element)) is not None]


def _names_at_root(node: Any) -> set[str]:
    """Names that the parsed expression looks up in what it is applied to, not deeper."""
    kind, children = node["type"], node["children"]
    if kind == "field":
        return {node["value"]}
    if kind in ("subexpression", "index_expression", "projection", "value_projection", "filter_projection", "flatten", "pipe"):
        return _names_at_root(children[0])
    if kind == "expref":
        return set()
    return {name for child in children for name in _names_at_root(child)}


def _first_line(why: Exception) -> str:
    return str(why).splitlines()[0] if str(why) else type(why).__name__
