"""The bench of steps takes real events the whole way; its figures are not judged here."""

from deploy.bench.load import records
from deploy.bench.steps import by_step


def test_every_step_of_the_worker_is_timed() -> None:
    spent = by_step(records(520))
    assert spent.keys() == {"admit", "store", "unify", "resolve", "frames", "stitch"}
    assert all(micros >= 0 for micros in spent.values())
