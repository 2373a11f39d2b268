"""The results file: what each run of a scenario counted, with what it takes to repeat it. Newest last."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.chaos.verdict import Figure
from deploy.local.apart import PROJECT

RESULTS = PROJECT / "docs" / "reliability.json"
MADE = (":!docs/reliability.json", ":!docs/reliability.md")
"""What a run itself writes does not make the tree another one."""


@dataclass(frozen=True, slots=True)
class Result:
    """`form`: full or short; `at`: end of the run in UTC, ISO 8601; `problems` is empty where it passed."""

    scenario: str
    form: str
    seed: int
    commit: str
    command: str
    at: str
    seconds: float
    counts: dict[str, Figure]
    problems: list[str]

    @property
    def has_passed(self) -> bool:
        return not self.problems


def load(file: Path = RESULTS) -> list[Result]:
    """Empty where there is no file yet."""
    return [Result(**one) for one in json.loads(file.read_text("utf-8"))] if file.exists() else []


def append(results: Sequence[Result], file: Path = RESULTS) -> None:
    """One line a result, so that a difference between two commits can be read."""
    lines = ",\n".join(json.dumps(asdict(one), ensure_ascii=False) for one in [*load(file), *results])
    file.write_text(f"[\n{lines}\n]\n", "utf-8")


def latest(results: Sequence[Result], scenario: str) -> Result | None:
    """The newest at full length, else the newest short one; None where it was never run."""
    for form in ("full", "short"):
        found = [one for one in results if (one.scenario, one.form) == (scenario, form)]
        if found:
            return found[-1]
    return None


def commit() -> str:
    """The commit that runs, with `+` where something was changed since; `unknown` outside of git."""
    head = _git("rev-parse", "--short", "HEAD")
    return f"{head}+" if head and _git("status", "--porcelain", "--untracked-files=no", "--", ".", *MADE) else head or "unknown"


def _git(*arguments: str) -> str:
    try:
        return subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60).stdout.strip()
    except OSError:
        return ""
