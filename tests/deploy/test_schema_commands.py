"""`tracker schema`: what it prints, writes and answers."""

import json
from pathlib import Path

import pytest

from deploy.cli.schema_commands import check, export, list_types, page, release, show
from schemas.errors import ReleaseBroken
from schemas.examples import example, examples
from schemas.touchpoints import EVENT_TYPES


def test_the_list_has_every_type(capsys: pytest.CaptureFixture[str]) -> None:
    list_types(as_json=True)
    listed = json.loads(capsys.readouterr().out)["event_types"]
    assert [row["event_type"] for row in listed] == list(EVENT_TYPES)


def test_an_example_is_shown_ready_to_be_sent(capsys: pytest.CaptureFixture[str]) -> None:
    assert show("order.placed") == 0
    assert json.loads(capsys.readouterr().out) == example("order.placed")


def test_an_unknown_type_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert show("order.plaxed") == 2
    assert "tracker schema list" in capsys.readouterr().err


def test_the_export_writes_one_schema_per_type(tmp_path: Path) -> None:
    export(tmp_path / "new" / "folder")
    written = json.loads((tmp_path / "new" / "folder" / "order.placed.v1.json").read_text())
    assert written["properties"]["event_type"] == {"const": "order.placed"}
    assert len(list((tmp_path / "new" / "folder").iterdir())) == len(EVENT_TYPES)


def test_a_good_file_passes_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "events.ndjson"
    file.write_text("\n\n".join(json.dumps(document) for document in examples()))
    assert check(file) == 0
    assert f"{len(EVENT_TYPES)} events, {len(EVENT_TYPES)} fine" in capsys.readouterr().err


def test_a_wrong_line_is_named_with_field_and_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "events.ndjson"
    file.write_text(f"{json.dumps(example('page.viewed'))}\n{json.dumps(example('page.viewed', identities=[]))}\nnope\n")
    assert check(file, as_json=True) == 1
    rejected = json.loads(capsys.readouterr().out)["rejected"]
    assert [(row["line"], row["reason"], row["field"]) for row in rejected] == [(2, "no_identity", "identities"), (3, "not_json", "")]


def test_an_indented_document_counts_as_one_event(tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(example("order.placed"), indent=2))
    assert check(file) == 0


def test_the_page_goes_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    page()
    assert capsys.readouterr().out.startswith("# Events\n")


def test_a_release_is_refused_where_old_events_would_not_survive(tmp_path: Path) -> None:
    release(tmp_path)
    file = tmp_path / "order.placed.v1.json"
    shipped = json.loads(file.read_text())
    shipped["properties"]["gift_wrap"] = {"type": "boolean"}
    file.write_text(json.dumps(shipped))
    with pytest.raises(ReleaseBroken, match="gift_wrap: was removed"):
        release(tmp_path)
    assert "gift_wrap" in file.read_text(), "a refused release must not write over what was shipped"
