"""`tracker emit`, `tracker import` and `tracker tail` as somebody at a shell uses them."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import orjson
import pytest

from deploy.cli import main
from deploy.topics import create_topics
from schemas.examples import example
from schemas.ids import event_id_for
from schemas.touchpoints import EVENT_TYPES

ORDER_WORDS = ["order_id=1001", "total=19.90", "currency=EUR", "lines=[]"]
MAPPING = """
version: 1
source: shop
events:
  - {type: page.viewed, key: [id], occurred_at: at, identities: {account: who}, payload: {url: url}}
"""
ROWS = "id,at,who,url\n1,2026-01-01T00:00:00Z,w,/\n2,yesterday,w,/\n"


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TRACKER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(words)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def stdin(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_a_dry_run_checks_and_prints_the_id(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "emit", "order.placed", "-i", "email=jo@example.org", *ORDER_WORDS, "--dry-run")
    assert (code, out.strip()) == (0, str(event_id_for("shell", "order.placed", "1001")))


def test_words_find_their_place_and_kind(capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "page.viewed",
        "-i",
        "anonymous=c",
        "url=/",
        "duration_ms=5",
        "channel=web",
        "context.page=/",
        "occurred_at=2026-03-01T09:30:00Z",
    ]
    assert run(capsys, "emit", *words, "--dry-run")[0] == 0
    code, _, err = run(capsys, "emit", *words, "duration_ms=long", "--dry-run")
    assert (code, "payload.duration_ms" in err) == (1, True)


def test_lines_that_are_no_events_are_told_by_their_number(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"\n".join([orjson.dumps(example("order.placed")), b"{", b"", b'{"event_type": "nope"}']))
    code, out, err = run(capsys, "emit", "--dry-run")
    assert (code, out.split()) == (1, [example("order.placed")["event_id"]])
    assert "line 2: no JSON" in err
    assert "line 4: event_type: not in the catalogue" in err


@pytest.mark.parametrize("event_type", list(EVENT_TYPES))
def test_every_example_can_be_sent(event_type: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = run(capsys, "emit", "--example", event_type)
    assert code == 0
    stdin(monkeypatch, out.encode())
    assert run(capsys, "emit", "--dry-run")[0] == 0


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["emit", "--example", "nope"], 2, "tracker schema list"),
        (["emit", "order.placed", "order_id"], 1, "name=value"),
        (["emit", "--file", "nothing.ndjson", "--dry-run"], 1, "nothing.ndjson cannot be read"),
        (["import"], 2, "at least one file"),
        (["import", "a.csv", "b.csv", "--follow"], 2, "exactly one"),
        (["import", "nothing.csv", "--dry-run"], 1, "is no file"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(words: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    found, out, err = run(capsys, *words)
    assert (found, out) == (code, "")
    assert told in err
    assert "remedy: " in err


def test_a_dry_import_counts_by_type_and_reason(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "map.yaml").write_text(MAPPING)
    code, out, _ = run(capsys, "import", "rows.csv", "-m", "map.yaml", "--dry-run", "--json")
    assert code == 1
    total = json.loads(out)["total"]
    assert total["events_by_type"] == {"page.viewed": 1}
    [refusal] = total["refused_by_reason"]
    assert (refusal["count"], refusal["first_row"]) == (1, 2)
    assert "occurred_at" in refusal["reason"]
    assert "1 events would be sent from 2 records" in run(capsys, "import", "rows.csv", "-m", "map.yaml", "--dry-run")[1]


@pytest.fixture(scope="module")
def raw(kafka: str) -> str:
    """The bootstrap address of a broker that has the topic of raw events."""
    create_topics(kafka, partitions=3)
    return kafka


@pytest.mark.kafka
def test_what_is_emitted_and_imported_passes_by_in_tail(raw: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, "emit", "order.placed", "-i", "email=tail@example.org", *ORDER_WORDS, "--kafka", raw)
    assert code == 0
    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "map.yaml").write_text(MAPPING)
    assert run(capsys, "import", "rows.csv", "-m", "map.yaml", "--kafka", raw)[0] == 1
    words = ["tail", "--from-beginning", "--json", "--kafka", raw, "-n", "1"]
    [order] = run(capsys, *words, "--customer", "TAIL@example.org")[1].splitlines()
    assert json.loads(order)["event_id"] == out.strip()
    assert "tail@example.org" not in order
    [page] = run(capsys, *words, "--type", "page.*", "--customer", "w")[1].splitlines()
    assert json.loads(page)["event_id"] == str(event_id_for("shop", "page.viewed", "1"))
    code, out, _ = run(capsys, "import", "rows.csv", "-m", "map.yaml", "--kafka", raw)
    assert (code, "2 records were sent by an earlier run" in out) == (0, True)


@pytest.mark.kafka
def test_tail_names_a_topic_that_is_not_there(raw: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "tail", "--topic", "journeys", "--generation", "99", "--kafka", raw)
    assert (code, "has no topic journeys.g99" in err) == (1, True)
