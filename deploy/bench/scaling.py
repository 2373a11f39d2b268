"""Two workers against one, each pinned to a core; everything else shares both cores, for there are no more."""

from collections.abc import Sequence

from deploy.bench.landing import Landing, watch
from deploy.bench.load import Record, send
from deploy.bench.stand import stand
from deploy.bench.whole_way import LANDED, PARTITIONS


def workers(made: Sequence[Record], count: int, timeout_s: float) -> Landing:
    """So many workers on a backlog, each with a core of its own as far as there are two."""
    with stand() as here:
        here.prepare(PARTITIONS)
        send(here.kafka, made)
        for n in range(count):
            here.worker(f"worker-{n + 1}").pin([n % 2])
        here.sink()
        return watch(len(made), lambda: here.number(LANDED), timeout_s, here.check)
