"""Which data sets the demo finds in a folder."""

from pathlib import Path

from deploy.demo.sets import PATTERNS, SOURCES, known_sets


def test_no_folder_means_no_sets(tmp_path: Path) -> None:
    assert known_sets(None) == []
    assert known_sets(tmp_path / "absent") == []
    assert known_sets(tmp_path) == []


def test_sets_are_found_by_the_names_of_their_files_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    file = tmp_path / "shop" / "online_retail_sample.csv.gz"
    file.write_bytes(b"")
    found = known_sets(tmp_path)
    assert [(one.name, one.file) for one in found] == [("online_retail", file)]
    assert found[0].mapping == SOURCES / "online_retail.yaml"


def test_every_known_set_has_its_mapping() -> None:
    assert [name for name in PATTERNS if not (SOURCES / f"{name}.yaml").exists()] == []
