"""Records as the bytes of a Parquet file, and back. Any Parquet reader shows them: a value is the event's JSON."""

import io
from collections.abc import Sequence
from typing import Any

from deploy.archive.errors import ArchiveDamaged, ArchiveRefused
from deploy.archive.records import Kept

EXTRA = "pip install 'touchpoint-tracker[parquet]'"


def to_parquet(records: Sequence[Kept]) -> bytes:
    """Columns offset, received_at (ms UTC), key, value, headers; zstd."""
    pa, pq = _pyarrow()
    header = pa.struct([("name", pa.string()), ("value", pa.binary())])
    columns = {
        "offset": pa.array([r.offset for r in records], pa.int64()),
        "received_at": pa.array([r.received_at for r in records], pa.timestamp("ms", tz="UTC")),
        "key": pa.array([r.key for r in records], pa.binary()),
        "value": pa.array([r.value for r in records], pa.binary()),
        "headers": pa.array([[{"name": n, "value": v} for n, v in r.headers] for r in records], pa.list_(header)),
    }
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, compression="zstd")
    return out.getvalue()


def from_parquet(content: bytes, name: str) -> list[Kept]:
    """ArchiveDamaged where the bytes are no such file."""
    pa, pq = _pyarrow()
    try:
        table = pq.read_table(io.BytesIO(content))
        rows = zip(
            table["offset"].to_pylist(),
            table["received_at"].cast(pa.int64()).to_pylist(),
            table["key"].to_pylist(),
            table["value"].to_pylist(),
            table["headers"].to_pylist(),
            strict=True,
        )
        return [Kept(o, at, key, value, tuple((h["name"], h["value"]) for h in headers)) for o, at, key, value, headers in rows]
    except (pa.ArrowException, OSError, KeyError) as why:
        raise ArchiveDamaged(f"{name} is no file of an archive: {type(why).__name__}", file=name) from None


def _pyarrow() -> Any:
    """(pyarrow, pyarrow.parquet): an optional dependency."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError:
        raise ArchiveRefused("Parquet needs pyarrow, which is not installed", EXTRA) from None
    return pyarrow, pyarrow.parquet
