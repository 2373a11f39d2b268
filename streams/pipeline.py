"""The table of contents: the steps that carry an event through `streams`, in order, as pure functions. Agents wait and send around them.

    admit    bytes of raw -> a fact, or a duplicate, a dead letter, a counted drop; and what it tells about identities
    resolve  a fact -> the partition of the customer to whom it belongs, as known by now
    unify    frames of links -> who is who, as of any epoch (streams/core/identity/fold.py, run by streams/replica.py)
    stitch   frames of facts and control records -> rows upserted and withdrawn, facts sent on

`sinks` goes on from the rows: project, batch, insert, commit.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from schemas.facts import Fact, Removal, ResolvedFrame, partition_of
from schemas.links import LinkEntry
from streams.core.admission import Admission, Gate, RawRecord
from streams.core.identity.who import Who
from streams.core.overlay import Bytes, Overlay
from streams.core.rulebook import Rulebook
from streams.core.stitching import Stitcher


def admit(
    gate: Gate, store: Bytes, is_known: Callable[[LinkEntry], bool], records: Iterable[RawRecord], says_again: bool = False
) -> Admission:
    """Records of one partition of raw, in order; the store is only read. `says_again`: repeats say what they said before."""
    admission = Admission(gate, Overlay(store), is_known, says_again)
    for record in records:
        admission.admit(record)
    return admission


def resolve(records: Iterable[Fact | Removal], who: Who, epoch: int, partitions: int) -> Mapping[int, list[Fact | Removal]]:
    """What belongs to which partition of resolved, each in the order of time. A wrong guess is mended there, by forwarding."""
    homes: dict[int, list[Fact | Removal]] = defaultdict(list)
    for record in sorted(records, key=_in_order):
        homes[partition_of(who.owner(record.tokens, record.occurred_at, epoch), partitions)].append(record)
    return homes


def stitch(
    partition: int, partitions: int, who: Who, rulebook: Rulebook, store: Bytes, epoch: int, frames: Sequence[tuple[int, ResolvedFrame]]
) -> Stitcher:
    """Frames (offset, frame) of one partition of resolved, in order; the store is only read. The fold must have reached their epochs."""
    stitcher = Stitcher(partition, partitions, who, rulebook, Overlay(store), epoch)
    for offset, frame in frames:
        stitcher.apply(frame, offset)
    return stitcher


def _in_order(record: Fact | Removal) -> tuple[int, int, bytes]:
    return record.occurred_at, record.sequence, record.event_id
