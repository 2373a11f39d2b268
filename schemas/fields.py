"""The types that wire models are made of. Each says its unit; none coerces: "3" is no number, 1 is no text, true is no 1."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from schemas import normalise
from schemas.field_notes import notes_in

LARGEST_INTEGER = 2**63 - 1

Moment = Annotated[
    datetime,
    BeforeValidator(normalise.moment),
    PlainSerializer(normalise.moment_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "ISO 8601 with an offset"}),
]
Money = Annotated[
    Decimal,
    BeforeValidator(normalise.money),
    PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "pattern": rf"^{normalise.MONEY.pattern}$"}, {"type": "integer"}],
            "description": "decimal string",
        }
    ),
]
NotNegative = Annotated[
    Money,
    Field(ge=0),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "pattern": rf"^{normalise.MONEY.pattern[2:]}$"}, {"type": "integer", "minimum": 0}],
            "description": "decimal string, not negative",
        }
    ),
]
Currency = Annotated[str, AfterValidator(normalise.currency), Field(description="ISO 4217")]
Country = Annotated[str, AfterValidator(normalise.country), Field(description="ISO 3166-1 alpha-2")]
Language = Annotated[str, AfterValidator(normalise.language), Field(description="BCP 47")]
Text = Annotated[str, StringConstraints(strict=True)]
Label = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=512)]
Source = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$")]
Flag = Annotated[bool, Field(strict=True)]
Real = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=0, le=LARGEST_INTEGER)]
Rank = Annotated[int, Field(strict=True, ge=1, le=LARGEST_INTEGER, description="1 is the first")]
Milliseconds = Annotated[int, Field(strict=True, ge=0, le=LARGEST_INTEGER, description="milliseconds")]


class WireModel(BaseModel):
    """Frozen; fields that the code does not know are kept in `model_extra`, counted by admission, and never fatal."""

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Adds what the docstring says of single fields as their descriptions."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        summary, notes = notes_in(cls.__doc__ or "", frozenset(schema.get("properties", ())))
        schema["description"] = summary
        for name, note in notes.items():
            schema["properties"][name]["description"] = note
        return schema
