"""When a partition counts as standing still, and what is answered over HTTP."""

from collections.abc import Iterable

import pytest

from schemas.health import LONGEST_LOOK_S, Finding, Position, Report, Standstill, decode_report, health_app


def at(position: int, end: int, partition: int = 0) -> Position:
    return Position("admit", partition, position, end)


def after(looks: Iterable[tuple[float, list[Position], bool]]) -> Standstill:
    standstill = Standstill()
    for now, positions, is_free in looks:
        standstill.look(now, positions, is_free)
    return standstill


def test_lag_without_progress_is_summed_up_and_named() -> None:
    found = after((5.0 * n, [at(7, 9), at(n, 100, partition=1)], True) for n in range(5))
    assert found.worst_s == 20
    assert found.worst == "admit of partition 0"


def test_progress_begins_the_time_anew_however_much_is_left() -> None:
    assert after((5.0 * n, [at(n, 1000)], True) for n in range(5)).worst_s == 0


def test_without_lag_nothing_stands_still() -> None:
    found = after((5.0 * n, [at(9, 9)], True) for n in range(5))
    assert (found.worst_s, found.worst) == (0, "")


def test_while_a_service_is_away_no_time_counts_and_afterwards_it_begins_anew() -> None:
    looks = [(0.0, [at(7, 9)], True), (5.0, [at(7, 9)], True), (10.0, [], False), (15.0, [at(7, 9)], True), (20.0, [at(7, 9)], True)]
    assert after(looks).worst_s == 5


def test_a_program_that_was_stopped_for_an_hour_has_not_stood_still_for_an_hour() -> None:
    assert after([(0.0, [at(7, 9)], True), (3600.0, [at(7, 9)], True)]).worst_s == LONGEST_LOOK_S


def test_a_partition_that_moved_away_is_forgotten() -> None:
    looks = [(0.0, [at(7, 9)], True), (5.0, [at(7, 9)], True), (10.0, [], True), (15.0, [at(7, 9)], True)]
    assert after(looks).worst_s == 0


def answered(path: str, *findings: Finding) -> tuple[str, bytes]:
    said: list[str] = []

    def metrics(environ: object, start_response: object) -> Iterable[bytes]:
        return [b"metrics"]

    app = health_app({"/healthz": lambda: Report("worker", "w1", list(findings))}, metrics)
    body = b"".join(app({"PATH_INFO": path}, lambda status, headers: said.append(status)))
    return (said or ["200 OK"])[0], body


@pytest.mark.parametrize(("verdict", "status"), [("ok", "200 OK"), ("warning", "200 OK"), ("failed", "503 Service Unavailable")])
def test_a_report_is_answered_whole_and_its_status_says_whether_all_is_well(verdict: str, status: str) -> None:
    finding = Finding("progress", verdict, "found", "remedy")  # type: ignore[arg-type]  # a literal
    said, body = answered("/healthz", finding)
    assert said == status
    assert decode_report(body) == Report("worker", "w1", [finding])


def test_metrics_are_prometheus_own_and_other_paths_name_those_that_there_are() -> None:
    assert answered("/metrics") == ("200 OK", b"metrics")
    said, body = answered("/")
    assert said == "404 Not Found"
    assert b"/healthz" in body
