"""Stopped beyond their sessions, with work in hand, while others went on: what a worker and a sink do when they wake changes nothing."""

import random
import signal
from collections.abc import Callable
from contextlib import closing

import pytest
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.chaos.line import Line, Prints
from deploy.chaos.programs import Program, until
from deploy.chaos.proxy import Proxy
from deploy.chaos.records import disordered
from sinks.kafka_log import group_of
from tests.integration.conftest import Told
from tests.integration.harness.trouble import SMALL_STEPS, covered, under_load

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

SHORT_SESSIONS = {**SMALL_STEPS, "worker_session_timeout_s": 6, "sink_session_timeout_ms": 6_000, "sink_insert_timeout_s": 2}
"""As short as a broker takes them by default."""

PATIENCE_S = 240.0


def at_work(line: Line, workers: int, sinks: int) -> Callable[[], bool]:
    """Whether so many of each have partitions, as the broker knows."""
    wanted = {f"tracker-worker.g{line.generation}": workers, group_of(line.generation): sinks}

    def are() -> bool:
        try:
            with closing(KafkaAdminClient(bootstrap_servers=line.kafka)) as admin:
                told = admin.describe_groups(list(wanted))
        except KafkaError:
            return False
        return all(
            told[group]["group_state"] == "Stable" and sum(bool(m["member_assignment"]) for m in told[group]["members"]) == count
            for group, count in wanted.items()
        )

    return are


def test_a_worker_and_a_sink_that_slept_and_wake_change_nothing(line: Line, short_set: Told, undisturbed: Prints) -> None:
    sent = disordered(short_set.records, 91)
    first, hung, rest = sent[: len(sent) // 2], sent[len(sent) // 2 : 3 * len(sent) // 4], sent[3 * len(sent) // 4 :]
    with Proxy(line.clickhouse.host, line.clickhouse.port) as proxy:
        worker, _ = line.worker("sleeper", **SHORT_SESSIONS), line.worker("awake", **SHORT_SESSIONS)
        sink, _ = line.sink("sleepy", **SHORT_SESSIONS, clickhouse_port=proxy.port), line.sink("watchful", **SHORT_SESSIONS)
        until("all have partitions", at_work(line, 2, 2), PATIENCE_S)
        for _ in under_load(line, random.Random(91), first, times=1):
            proxy.mode = "hang"
            proxy.drop_connections()
            line.send(hung)  # it may have stored all of the slice before
            until("the sink has a batch that it cannot store", lambda: "sink.waiting" in sink.said())
            worker.signal(signal.SIGSTOP)
            sink.signal(signal.SIGSTOP)
        until("the others have all partitions", at_work(line, 1, 1), PATIENCE_S)
        line.send(rest)
        line.settle()
        assert line.prints() == undisturbed
        proxy.mode = "pass"
        before = covered(line)
        wake(worker, sink)
        until("all have partitions again", at_work(line, 2, 2), PATIENCE_S)
        line.settle()
        assert line.prints() == undisturbed
        assert covered(line) >= before
        assert (worker.code, sink.code) == (None, None)


def wake(*sleepers: Program) -> None:
    for sleeper in sleepers:
        sleeper.signal(signal.SIGCONT)
