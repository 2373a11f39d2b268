"""How far an import came: a small file per input, written only after Kafka acknowledged all that it speaks of."""

import os
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from deploy.importer.mapping import Mapping

HEAD_BYTES = 65_536


class Checkpoint(BaseModel):
    """head: hash of the first head_bytes of the file; records: how many rows or groups are done."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    path: str
    size: int
    inode: int
    head: str
    head_bytes: int
    records: int


@dataclass(frozen=True, slots=True)
class _Identity:
    """Which file it is that is being read, whatever lies under its name later."""

    size: int
    inode: int
    head: str
    head_bytes: int


class CheckpointFile:
    """`target` names the cluster and topic: another one has not got the events, so it starts from the first row."""

    def __init__(self, state_dir: Path, path: Path, mapping: Mapping | None, source: str | None, target: str) -> None:
        self._path = path.absolute()
        parts = (str(self._path), mapping.model_dump_json() if mapping else "", source or "", target)
        self._identity: _Identity | None = None
        self._file = state_dir / f"{path.name}.{blake2b(chr(0).join(parts).encode(), digest_size=8).hexdigest()}.json"
        self._grouped = mapping is not None and mapping.group is not None
        self._only_whole = path.suffix in (".gz", ".parquet") or (
            mapping is not None and mapping.group is not None and bool(mapping.group.sort)
        )

    @property
    def file(self) -> Path:
        return self._file

    def begin(self) -> None:
        """The file that now lies under the name is the one that `save` will speak of."""
        status = self._path.stat()
        head_bytes = min(HEAD_BYTES, status.st_size)
        self._identity = _Identity(status.st_size, status.st_ino, _head(self._path, head_bytes), head_bytes)

    def load(self) -> Checkpoint | None:
        """What the last run left for this very file; None where the file is another one by now.

        A file that has grown must also be the same inode: a log that was rotated often begins as the last one did.
        """
        try:
            known = Checkpoint.model_validate_json(self._file.read_bytes())
        except (OSError, ValidationError):
            return None
        now = self._path.stat()
        grown = not self._only_whole and now.st_size > known.size and now.st_ino == known.inode
        same = now.st_size == known.size or grown
        return known if same and _head(self._path, known.head_bytes) == known.head else None

    def records_done(self) -> int:
        """How many records to pass over. The last group of a file that has grown may have been cut short: it is sent again, whole."""
        known = self.load()
        if known is None:
            return 0
        grown = self._path.stat().st_size > known.size
        return max(0, known.records - 1) if self._grouped and grown else known.records

    def save(self, records: int) -> None:
        """Replaces the note in one step; `begin` goes before."""
        assert self._identity is not None
        found = self._identity
        checkpoint = Checkpoint(
            path=str(self._path),
            size=found.size,
            inode=found.inode,
            head=found.head,
            head_bytes=found.head_bytes,
            records=records,
        )
        self._file.parent.mkdir(parents=True, exist_ok=True)
        beside = self._file.with_suffix(".new")
        beside.write_text(checkpoint.model_dump_json())
        os.replace(beside, self._file)

    def forget(self) -> None:
        self._file.unlink(missing_ok=True)


def _head(path: Path, length: int) -> str:
    with path.open("rb") as file:
        return blake2b(file.read(length), digest_size=16).hexdigest()
