"""Whatever validation lets in, stitching can work on: an event that it chokes on would stop its partition for good."""

import copy
import random
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from schemas.codec import decode
from schemas.dead_letters import Rejection
from schemas.examples import example, examples
from schemas.row_frames import decode_rows
from schemas.touchpoints import EVENT_TYPES
from streams.core.payloads import LARGEST
from streams.frames import row_frames
from tests.streams.core.told import Document, a_gate, admitted, event, named, stitched

ODD: tuple[Any, ...] = (
    0, 1, -1, 2**63 - 1, 2**63, 10**14 - 1, "99999999999999.999999", "-99999999999999.999999", "1e3", " 5 ", "", None, True, 1.5, 1e300,
    5e-324, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-W10-1T00:00:00Z", "20260301T093000Z", "2026-03-01 09:30:00+00:00",
    "2026-03-01T09:30:00.1234567Z", "1965-01-01T00:00:00.0015Z", "x\0y", "a" * 512, [], {}, ["a"], [{}], "customer", "bot", "csat",
)  # fmt: skip
Path = tuple[str | int, ...]


def paths(document: Any, path: Path = ()) -> Iterator[Path]:
    pairs = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for name, value in pairs:
        yield (*path, name)
        yield from paths(value, (*path, name))


def changed(document: Document, path: Path, value: Any) -> Document:
    result: Any = copy.deepcopy(document)
    inner = result
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return dict(result)


def is_valid(document: Document) -> bool:
    return not isinstance(decode(orjson.dumps(document), a_gate().limits), Rejection)


def variants(event_type: str) -> list[Document]:
    """The example with one value replaced by an odd one, as far as that is valid."""
    document = example(event_type)
    places = [path for path in paths(document) if path[0] not in ("event_type", "event_id", "occurred_at")]
    return [odd for path in places for value in ODD if is_valid(odd := changed(document, path, value))]


def take(documents: list[Document]) -> None:
    """Through all steps, and through the bytes in which the rows travel."""
    admission = admitted(*documents)
    assert not admission.letters, [rejection for _, rejection in admission.letters]
    if admission.records:
        for frame in row_frames(stitched(admission).tables(), ("resolved", 0, 0, 1), 1):
            decode_rows(frame)


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_an_event_with_an_odd_value_gives_rows(event_type: str) -> None:
    found = variants(event_type)
    assert found, "none of the odd values is valid anywhere: the test would say nothing"
    for document in found:
        take([document])


def test_a_history_of_events_with_odd_values_gives_rows() -> None:
    rng = random.Random(1)
    types = [e["event_type"] for e in examples()]
    odd = {event_type: variants(event_type) for event_type in types}
    for _ in range(60):
        chosen = [rng.choice(odd[rng.choice(types)]) for _ in range(20)]
        take([document | {"event_id": event("page.viewed", rng.randrange(30))["event_id"]} for document in chosen])


def test_sums_stop_at_the_largest_amount_that_a_column_holds() -> None:
    huge = {"total": "99999999999999.9999", "lines": [{"line_id": "1", "product_id": "p", "quantity": 2**62, "unit_price": "9999999"}]}
    orders = [event("order.placed", n, payload={**huge, "order_id": f"o{n}"}) for n in range(30)]
    rows = named(stitched(admitted(*orders)))
    assert [row["gross"] for row in rows["customers"]] == [LARGEST]
