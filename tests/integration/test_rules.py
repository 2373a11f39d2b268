"""New rules on the real parts: what `diff` foretells is what `apply` brings about, and the old generation is kept."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.chaos.line import Line, beside, own_kafka, started
from deploy.chaos.records import record_of
from deploy.cli import main
from deploy.rebuild.programs import stop_all
from schemas.topics import topic_names
from sinks.publish import published_generation
from tests.integration.harness.teller import Teller
from tests.stack import ClickHouseAddress

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]
SHIPPED = (Path(__file__).parents[2] / "rules.yaml").read_text(encoding="utf-8")
PEOPLE, VIEWS = 5, 4


def told() -> Teller:
    """Each of five people looks at a page every 20 minutes, and one of them on two devices."""
    teller = Teller("w0007", 0)
    for n in range(PEOPLE):
        for k in range(VIEWS):
            teller.view(1 + n + k / 72, teller.mail(f"p{n}"), teller.one("device", f"d{n}"))
    teller.view(9, teller.one("device", "d0"), teller.one("device", "second"))
    return teller


@dataclass(frozen=True)
class Tracker:
    """The command, with the settings of a line."""

    line: Line
    capsys: pytest.CaptureFixture[str]

    def says(self, *words: str) -> Any:
        assert main([*words, "--json"]) == 0, self.capsys.readouterr().err
        return json.loads(self.capsys.readouterr().out)


@pytest.fixture
def tracker(
    clickhouse: ClickHouseAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Tracker]:
    """All that was told has landed; what it leaves running is stopped."""
    with own_kafka(tmp_path / "stack") as kafka, started(Line(kafka, clickhouse, "ruled", tmp_path)) as line:
        reached = {"HOST": clickhouse.host, "PORT": clickhouse.port, "DATABASE": line.database}
        settings = {"KAFKA_BOOTSTRAP": kafka, "WORKER_STATE_DIR": tmp_path / "rebuilt"}
        for name, value in {**settings, **{f"CLICKHOUSE_{name}": value for name, value in reached.items()}}.items():
            monkeypatch.setenv(f"TRACKER_{name}", str(value))
        line.worker()
        line.sink()
        line.send([record_of(document) for document in told().told])
        line.settle()
        yield Tracker(line, capsys)
        stop_all(tmp_path / "rebuilt", 2)


@pytest.mark.enable_socket
def test_rules_with_another_session_gap_are_foretold_applied_and_can_be_taken_back(tracker: Tracker, tmp_path: Path) -> None:
    new, line = tmp_path / "new.yaml", tracker.line
    new.write_text(SHIPPED.replace("gap_s: 1800", "gap_s: 600").replace("version: 1", "version: 2"), "utf-8")
    before, foretold = line.prints(), tracker.says("rules", "diff", str(new))
    from_raw(tracker, tmp_path)
    applied = tracker.says("rules", "apply", str(new), "--accept-differences")
    assert (applied["is_switched"], published_generation(line.connection)) == (True, 2)
    assert applied["figures"] == foretold["rows"]["figures"]
    sessions = {side: applied["figures"][side]["sessions"] for side in ("before", "after")}
    assert sessions == {"before": PEOPLE + 1, "after": PEOPLE * VIEWS + 1}
    assert line.ask("SELECT count() FROM ruled.sessions") == [(PEOPLE * VIEWS + 1,)]
    assert line.ask("SELECT DISTINCT rules_version FROM ruled.sessions") == [(2,)]
    shown = tracker.says("rules", "show")
    assert (shown["version"], shown["generation"], shown["differs_from_shipped"][0]["field"]) == (2, 2, "sessions.gap_s")
    assert line.prints() == before, "the old generation is as it was"
    kept_up(line)
    assert tracker.says("rebuild", "switch", "--generation", "1") == {"was": 2, "published": 1}
    assert tracker.says("rules", "show")["version"] == 1, "its rules were kept beside it"


def from_raw(tracker: Tracker, folder: Path) -> None:
    """An address that is junk now is told from raw: its customer keeps both devices, under another id."""
    junk = folder / "junk.yaml"
    junk.write_text(SHIPPED.replace("email_patterns: [", "email_patterns: ['^p0[.]', "), "utf-8")
    said = tracker.says("rules", "diff", str(junk))
    assert (said["replayed_from"], said["who_is_who"]["customers_split"], said["who_is_who"]["identities_moved"]) == ("raw", 0, 3)
    assert said["rows"]["figures"]["before"] == said["rows"]["figures"]["after"]
    (touchpoints,) = (table for table in said["rows"]["tables"] if table["table"] == "touchpoints")
    assert touchpoints["at_another_customer"] == VIEWS + 1


def kept_up(line: Line) -> None:
    """An event that comes after the switch is in the views: the new generation's own worker and sink go on."""
    late = told()
    line.send([record_of(late.view(20, late.mail("new")))])
    new = beside(line, 2)
    new.settle()
    assert line.ask("SELECT countIf(event_type = 'page.viewed' AND rules_version = 2) FROM ruled.touchpoints") == [(PEOPLE * VIEWS + 2,)]
    assert new.ends(topic_names(2).resolved)
