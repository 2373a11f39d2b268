"""Killed, frozen, interrupted or robbed of its stores at any moment: the tables hold what they would have held."""

import random
import shutil
import signal

import pytest

from deploy.chaos.line import Line, Prints
from deploy.chaos.programs import until
from deploy.chaos.records import disordered
from tests.integration.conftest import Told
from tests.integration.harness.trouble import SMALL_STEPS, is_under_way, under_load

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]


@pytest.mark.parametrize("seed", [21, 22])
def test_workers_and_sink_killed_at_any_moment(seed: int, line: Line, short_set: Told, undisturbed: Prints) -> None:
    rng, in_the_middle = random.Random(seed), 0
    running = {"w0": line.worker("w0", **SMALL_STEPS), "w1": line.worker("w1", **SMALL_STEPS), "sink": line.sink(**SMALL_STEPS)}
    for _ in under_load(line, rng, disordered(short_set.records, seed), times=6):
        victim = rng.choice(("w0", "w1", "sink"))
        running[victim].kill()
        in_the_middle += is_under_way(line)
        line.programs.remove(running[victim])
        running[victim] = line.sink(**SMALL_STEPS) if victim == "sink" else line.worker(victim, **SMALL_STEPS)
    line.settle()
    assert line.prints() == undisturbed
    assert in_the_middle >= 3, "the kills came when all was over: choose smaller steps"


def test_a_worker_that_never_comes_back_is_replaced(line: Line, short_set: Told, undisturbed: Prints) -> None:
    lost, _, _ = line.worker("lost", **SMALL_STEPS), line.worker("other", **SMALL_STEPS), line.sink()
    until("both work", lambda: line.members_at_work() == 2)
    for _ in under_load(line, random.Random(31), disordered(short_set.records, 31), times=1):
        lost.kill()
        line.programs.remove(lost)
    line.settle()
    assert line.prints() == undisturbed


def test_a_worker_whose_stores_are_gone_builds_them_again(line: Line, short_set: Told, undisturbed: Prints) -> None:
    worker, _ = line.worker(), line.sink()
    sent = disordered(short_set.records, 41)
    line.send(sent[: len(sent) // 2])
    line.settle()
    worker.kill()
    line.programs.remove(worker)
    shutil.rmtree(line.folder / "stores")
    line.send(sent[len(sent) // 2 :])
    line.worker()
    line.settle()
    assert line.prints() == undisturbed


def test_a_worker_that_slept_and_wakes_harms_nothing(line: Line, short_set: Told, undisturbed: Prints) -> None:
    sleeper, _, _ = line.worker("sleeper", **SMALL_STEPS), line.worker("awake", **SMALL_STEPS), line.sink()
    until("both work", lambda: line.members_at_work() == 2)
    for _ in under_load(line, random.Random(51), disordered(short_set.records, 51), times=1):
        sleeper.signal(signal.SIGSTOP)
    until("the other has all partitions", lambda: line.members_at_work() == 1)
    line.settle()
    assert line.prints() == undisturbed
    sleeper.signal(signal.SIGCONT)
    until("both work again", lambda: line.members_at_work() == 2)
    line.settle()
    assert line.prints() == undisturbed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_hand_at_any_moment(number: signal.Signals, line: Line, short_set: Told, undisturbed: Prints) -> None:
    worker, sink = line.worker(**SMALL_STEPS), line.sink(**SMALL_STEPS)
    for _ in under_load(line, random.Random(61), disordered(short_set.records, 61), times=3):
        for program in (worker, sink):
            program.signal(number)
        assert (worker.ended(), sink.ended()) == (0, 0), worker.last_words() + sink.last_words()
        worker, sink = line.worker(**SMALL_STEPS), line.sink(**SMALL_STEPS)
    line.settle()
    assert line.prints() == undisturbed
