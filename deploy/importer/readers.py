"""Rows of a file as dictionaries, whatever its format; `.gz` is unpacked on the way. Each row has its number as `_row`, from 1 on."""

import csv
import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from deploy.importer.errors import InputUnreadable, RowRefused
from deploy.importer.mapping import Csv, Format

Row = dict[str, Any]
Idle = Callable[[], bool]
"""Called when a file that is followed has no more; waits a little, and returns False to end."""

SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "ndjson",
    ".parquet": "parquet",
}
PARQUET_ROWS = 10_000
LARGEST_CELL = 1 << 20


def format_of(path: Path) -> Format:
    """By the name, `.gz` left out."""
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputUnreadable(
            str(path), "its name does not tell its format", "name it .ndjson, .csv or .parquet, or put format: into the mapping"
        )
    return SUFFIXES[suffix]


class RowFile:
    """Iterates over (row, refusal): exactly one of the two is None. `fraction` says how much of the file has been read, 0 to 1."""

    def __init__(self, path: Path, form: Format, options: Csv, idle: Idle | None = None) -> None:
        self.path = path
        self.columns: tuple[str, ...] | None = None
        self._form, self._options, self._idle = form, options, idle
        self._raw: IO[bytes] | None = None
        self._parquet = (0, 1)
        self._broken = False
        if idle is not None and (form == "parquet" or path.suffix == ".gz"):
            raise InputUnreadable(
                str(path), "cannot be followed", "follow plain .ndjson and .csv files; import the others when they are whole"
            )

    def fraction(self) -> float:
        if self._form == "parquet":
            return self._parquet[0] / max(1, self._parquet[1])
        if self._raw is None or self._raw.closed:
            return 0.0 if self._raw is None else 1.0
        return min(1.0, self._raw.tell() / max(1, os.fstat(self._raw.fileno()).st_size))

    def __iter__(self) -> Iterator[tuple[Row | None, RowRefused | None]]:
        try:
            if self._form == "parquet":
                yield from self._parquet_rows()
            else:
                with self.path.open("rb") as self._raw:
                    yield from self._csv_rows() if self._form == "csv" else self._json_rows()
        except (OSError, EOFError, csv.Error) as why:
            raise InputUnreadable(
                str(self.path), f"cannot be read on: {getattr(why, 'strerror', None) or why}", "see that the file is whole"
            ) from why

    def _lines(self) -> Iterator[bytes]:
        assert self._raw is not None  # __iter__ has opened it
        if self.path.suffix == ".gz":
            yield from gzip.GzipFile(fileobj=self._raw)
            return
        part = b""
        while True:
            line = part + self._raw.readline()
            part = b""
            if line.endswith(b"\n") or (line and self._idle is None):
                yield line
            elif self._idle is None or not self._idle():
                return
            else:
                part = line

    def _json_rows(self) -> Iterator[tuple[Row | None, RowRefused | None]]:
        for number, line in enumerate(self._lines(), 1):
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                yield None, RowRefused("no JSON", "write one JSON object a line, in UTF-8", row=number)
                continue
            if not isinstance(row, dict):
                yield None, RowRefused("JSON, but no object", "write one JSON object a line", row=number)
                continue
            row["_row"] = number
            yield row, None

    def _csv_rows(self) -> Iterator[tuple[Row | None, RowRefused | None]]:
        csv.field_size_limit(LARGEST_CELL)
        delimiter = "\t" if self.path.name.removesuffix(".gz").endswith(".tsv") else self._options.delimiter
        cells = csv.reader(self._texts(), delimiter=delimiter, quotechar=self._options.quote)
        header = self._options.header or tuple(next(cells, ()))
        self.columns = header
        for number, row in enumerate(cells, 1):
            broken, self._broken = self._broken, False
            if broken:
                yield None, RowRefused("a text in another encoding", "name the file's encoding in csv.encoding", row=number)
            elif len(row) == len(header):
                found: Row = {name: cell or None for name, cell in zip(header, row, strict=True)}
                found["_row"] = number
                yield found, None
            elif row:
                yield None, RowRefused("another number of cells than the header", "see that delimiter and quote are right", row=number)

    def _texts(self) -> Iterator[str]:
        encoding = self._options.encoding
        encodings = (encoding,) if isinstance(encoding, str) else encoding
        for line in self._lines():
            text = next((text for encoding in encodings if (text := _decoded(line, encoding)) is not None), None)
            self._broken = self._broken or text is None
            yield line.decode(encodings[0], "replace") if text is None else text

    def _parquet_rows(self) -> Iterator[tuple[Row | None, RowRefused | None]]:
        try:
            import pyarrow.parquet as parquet
        except ImportError as why:
            raise InputUnreadable(str(self.path), "Parquet needs pyarrow", "pip install 'touchpoint-tracker[parquet]'") from why
        try:
            opened = parquet.ParquetFile(self.path)
        except Exception as why:  # pyarrow raises classes of its own for a file that is none
            raise InputUnreadable(str(self.path), "is no Parquet file", "see that the file is whole") from why
        self.columns = tuple(opened.schema_arrow.names)
        number = 0
        for batch in opened.iter_batches(batch_size=PARQUET_ROWS):
            for row in batch.to_pylist():
                number += 1
                row["_row"] = number
                yield row, None
            self._parquet = (number, opened.metadata.num_rows)


def _decoded(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None
