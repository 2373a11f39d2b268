"""Values of frames of rows as JSON has them: ids as text, times as ISO 8601, amounts as decimals."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from deploy.tail.masking import HIDDEN
from schemas.normalise import moment_text
from schemas.tables import Column, Table


def row_document(table: Table, row: Sequence[Any], show_personal: bool) -> dict[str, Any]:
    """An upserted row by the names of its columns; empty values left out."""
    pairs = zip(table.columns, row, strict=False)
    return {
        column.name: HIDDEN if column.personal and not show_personal else plain(column, value)
        for column, value in pairs
        if value not in (None, "", [], b"")
    }


def key_document(table: Table, values: Sequence[Any]) -> dict[str, Any]:
    """A withdrawal: the key's values, then the version."""
    keys = [column for column in table.columns if column.role == "key"]
    return {column.name: plain(column, value) for column, value in zip(keys, values, strict=False)}


def plain(column: Column, value: Any) -> Any:
    if isinstance(value, list):
        return [plain(column, part) for part in value]
    if isinstance(value, bytes):
        return str(UUID(bytes=value)) if len(value) == 16 else value.hex()
    if isinstance(value, int) and "DateTime64" in column.type:
        return time_text(value)
    if isinstance(value, int) and "Decimal" in column.type:
        return format(Decimal(value).scaleb(-4).normalize(), "f")
    return value


def time_text(milliseconds: int) -> str:
    """Milliseconds since 1970 as ISO 8601."""
    return moment_text(datetime.fromtimestamp(milliseconds / 1000, UTC))
