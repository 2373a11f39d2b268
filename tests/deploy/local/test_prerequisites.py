"""What must be on the machine: found, or missed with the cure beside it. The programs here are real files on PATH."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.errors import DiskFull, MissingProgram, PartFailed
from deploy.local.kafka import jars
from deploy.local.prerequisites import find_java, find_maven, free_disk_mib, parse_java_version, require_disk

FETCHES = """#!/bin/sh
for word in "$@"; do case "$word" in -DoutputDirectory=*) out="${word#*=}";; esac; done
mkdir -p "$out"; echo jar > "$out/kafka_2.13-4.jar"
i=0; while [ $i -lt 20 ]; do echo "[INFO] Downloaded from here: x$i.jar"; i=$((i+1)); done
"""
BREAKS_OFF = FETCHES + "exit 1\n"


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is searched before /bin and /usr/bin is left out, so that Java and Maven of the machine are not found."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("sh", "mkdir"):
        (tools / tool).symlink_to(f"/bin/{tool}")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{tools}")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return tmp_path / "bin"


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "21" 2023-09-19', 21),
        ('java version "1.8.0_412"', 8),
        ('openjdk version "25-ea" 2025-09-16', 25),
        ("command not found", None),
    ],
)
def test_the_java_release_is_read_from_what_java_says(text: str, release: int | None) -> None:
    assert parse_java_version(text) == release


def test_a_missing_java_is_named_with_a_remedy(bin_folder: Path) -> None:
    with pytest.raises(MissingProgram, match="Java was not found") as lack:
        find_java()
    assert "install Java 17" in lack.value.remedy


def test_a_java_that_is_too_old_is_named_with_its_release(bin_folder: Path) -> None:
    program(bin_folder, "java", "#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    with pytest.raises(MissingProgram, match="is Java 11; Kafka needs 17"):
        find_java()


def test_java_home_comes_before_path(bin_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bin_folder, "java", "#!/bin/sh\necho 'openjdk version \"11\"'\n")
    program(tmp_path / "home", "unused", "")
    program(tmp_path / "home" / "bin", "java", "#!/bin/sh\necho 'openjdk version \"21\"'\n")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert find_java() == str(tmp_path / "home" / "bin" / "java")


def test_a_missing_maven_is_named_with_a_remedy(bin_folder: Path) -> None:
    with pytest.raises(MissingProgram, match="Maven") as lack:
        find_maven()
    assert "install Maven" in lack.value.remedy


def test_jars_are_fetched_once_and_progress_is_told(bin_folder: Path, tmp_path: Path) -> None:
    program(bin_folder, "mvn", FETCHES)
    told: list[str] = []
    jars.fetch(tmp_path / "libs", tmp_path / "maven.log", 30, told.append)
    assert jars.are_complete(tmp_path / "libs")
    assert told[1:] == ["kafka: 10 files fetched", "kafka: 20 files fetched"]
    program(bin_folder, "mvn", BREAKS_OFF)
    jars.fetch(tmp_path / "libs", tmp_path / "maven.log", 30, told.append)  # does not call Maven again


def test_a_half_download_is_an_error_and_is_repeated(bin_folder: Path, tmp_path: Path) -> None:
    program(bin_folder, "mvn", BREAKS_OFF)
    with pytest.raises(PartFailed, match="code 1") as broken:
        jars.fetch(tmp_path / "libs", tmp_path / "maven.log", 30, lambda line: None)
    assert str(tmp_path / "maven.log") in broken.value.message
    assert not jars.are_complete(tmp_path / "libs")
    program(bin_folder, "mvn", FETCHES)
    jars.fetch(tmp_path / "libs", tmp_path / "maven.log", 30, lambda line: None)
    assert jars.are_complete(tmp_path / "libs")


def test_jars_of_another_pom_are_fetched_again(tmp_path: Path) -> None:
    (tmp_path / jars.MARKER).write_text("of an older pom")
    assert not jars.are_complete(tmp_path)


def test_a_full_disk_is_said_before_anything_starts(tmp_path: Path) -> None:
    require_disk(tmp_path / "not" / "made" / "yet", 0)
    with pytest.raises(DiskFull, match="MiB are free") as full:
        require_disk(tmp_path, free_disk_mib(tmp_path) * 2)
    assert "TRACKER_LOCAL_DATA_DIR" in full.value.remedy
