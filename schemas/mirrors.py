"""Structs that mirror the models of the catalogue, field by field, for the hot path.

A mirror only ever accepts: what it takes the model takes too, with the same values under the same names, in a third of the time (a test
compares both on every event type, whole and spoilt). What it does not take is for the model to judge, which alone knows how to refuse.
Values that need more than a type go through the very functions that the models use.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import AfterValidator, BeforeValidator, Strict, StringConstraints, TypeAdapter
from pydantic.fields import FieldInfo

from schemas import normalise
from schemas.envelope import Envelope, Identity
from schemas.errors import ValueRefused
from schemas.fields import WireModel
from schemas.identities import normalise_identity
from schemas.touchpoints import event_model

Convert = Callable[[Any], Any]
Finish = Callable[[Any], None]
_DIRECT = {normalise.moment, normalise.money, normalise.currency, normalise.country, normalise.language}
"""Checks that may be called as they are, where nothing else is asked of the field."""
_SILENT = ("PlainSerializer", "WithJsonSchema", "Strict", "AllowInfNan")
"""Metadata that asks nothing of a value out of JSON beyond its type."""


class NotMirrored(TypeError):
    """The model asks for more than a mirror can."""


@cache
def mirror_of(event_type: str) -> type[msgspec.Struct] | None:
    """The mirror of `Event[payload]`, built on first use; None where only the model can judge."""
    try:
        return _struct(event_model(event_type))
    except NotMirrored:
        return None


@cache
def _struct(model: type[WireModel]) -> type[msgspec.Struct]:
    decorators = model.__pydantic_decorators__
    finish = _FINISH.get(next((base for base in _FINISH if issubclass(model, base)), model))
    if finish is None and (decorators.field_validators or decorators.model_validators or decorators.root_validators):
        raise NotMirrored(model.__name__)
    fields: list[tuple[str, Any, Any]] = []
    converts: list[tuple[str, Convert, bool]] = []
    for name, info in model.model_fields.items():
        native, convert = _form(Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation)
        if convert is not None:
            converts.append((name, convert, info.is_required()))
        fields.append((name, native, msgspec.UNSET if info.is_required() else info.get_default()))
    renamed = {name: info.alias for name, info in model.model_fields.items() if info.alias}
    return msgspec.defstruct(
        f"{model.__name__}Mirror",
        [(name, native) if default is msgspec.UNSET else (name, native, default) for name, native, default in fields],
        namespace={"__post_init__": _post_init(converts, finish)} if converts or finish else None,
        rename=renamed or None,
        kw_only=True,
        gc=False,
    )


def _post_init(converts: Sequence[tuple[str, Convert, bool]], finish: Finish | None) -> Finish:
    def post_init(self: Any) -> None:
        for name, convert, is_required in converts:
            value = getattr(self, name)
            if value is not None or is_required:
                setattr(self, name, convert(value))
        if finish is not None:
            finish(self)

    return post_init


def _name(identity: Any) -> None:
    """As `Identity` does; junk that has no normal form is for the model."""
    identity.value = normalise_identity(identity.kind, identity.value)


def _envelope(event: Any) -> None:
    """As `Envelope` does."""
    if not event.event_id.int or (event.amount is not None and event.currency is None):
        raise ValueRefused("for the model to refuse", "")


_FINISH: Mapping[type[WireModel], Finish] = {Identity: _name, Envelope: _envelope}


def _form(wanted: Any) -> tuple[Any, Convert | None]:
    """(the type that msgspec checks, what makes the model's value of it)."""
    if get_origin(wanted) is Annotated:
        base, *asked = get_args(wanted)
        return _annotated(base, [one for metadata in asked for one in _flat(metadata)], wanted)
    if get_origin(wanted) in (Union, UnionType):
        return _optional(get_args(wanted))
    if get_origin(wanted) is tuple:
        return tuple.__class_getitem__((_plain(get_args(wanted)[0]), ...)), None
    if get_origin(wanted) is dict:
        return dict.__class_getitem__((str, _plain(get_args(wanted)[1]))), None
    if get_origin(wanted) is Literal or wanted in (str, int, float, bool, UUID, Any):
        return wanted, None
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return wanted, None
    if isinstance(wanted, type) and issubclass(wanted, WireModel):
        return _struct(wanted), None
    raise NotMirrored(str(wanted))


def _optional(members: tuple[Any, ...]) -> tuple[Any, Convert | None]:
    inner = [member for member in members if member is not NoneType]
    if len(inner) != 1 or len(members) != 2:
        raise NotMirrored(str(members))
    native, convert = _form(inner[0])
    return native | None, convert


def _plain(wanted: Any) -> Any:
    """For elements of lists and objects: a value that needs a function of its own is for the model."""
    native, convert = _form(wanted)
    if convert is not None:
        raise NotMirrored(str(wanted))
    return native


def _annotated(base: Any, asked: list[Any], wanted: Any) -> tuple[Any, Convert | None]:
    checks = [one.func for one in asked if isinstance(one, BeforeValidator | AfterValidator)]
    if not checks:
        native, convert = _form(base)
        limits = _limits(asked)
        return (Annotated[native, msgspec.Meta(**limits)] if limits else native), convert
    rest = [one for one in asked if not isinstance(one, BeforeValidator | AfterValidator) and type(one).__name__ not in _SILENT]
    if len(checks) == 1 and checks[0] in _DIRECT and not rest:
        return str, checks[0]
    return Any, TypeAdapter(wanted).validate_python


def _flat(metadata: Any) -> list[Any]:
    if isinstance(metadata, FieldInfo):
        return list(metadata.metadata)
    return list(metadata) if isinstance(metadata, StringConstraints) else [metadata]


def _limits(asked: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in asked:
        match one:
            case Ge(ge=limit):
                found["ge"] = limit
            case Gt(gt=limit):
                found["gt"] = limit
            case Le(le=limit):
                found["le"] = limit
            case Lt(lt=limit):
                found["lt"] = limit
            case MinLen(min_length=limit):
                found["min_length"] = limit
            case MaxLen(max_length=limit):
                found["max_length"] = limit
            case Strict():
                pass
            case _ if isinstance(getattr(one, "pattern", None), str):
                found["pattern"] = one.pattern.removesuffix("$") + r"\Z"  # `$` of Python's re lets a last line break pass
            case _ if type(one).__name__ not in _SILENT and not hasattr(one, "strict") and not hasattr(one, "allow_inf_nan"):
                raise NotMirrored(str(one))
    return found
