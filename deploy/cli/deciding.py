"""Carries out `tracker dead`: from words of the command line to letters, and what is said before and after."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from deploy.cli.output import notice, print_json, print_table
from deploy.dead.letters import Letters, Wanted
from deploy.dead.patches import patch_of, unpatched
from deploy.dead.replaying import Attempt, Sender, attempt
from deploy.drain import drain
from schemas.dead_letters import LetterState, RejectReason
from schemas.errors import SettingInvalid
from schemas.topics import topic_names
from sinks.settings import SinkSettings
from streams.rules_file import load_rules
from streams.settings import WorkerSettings

USAGE = 2
STATES, REASONS = tuple(str(state) for state in LetterState), tuple(str(reason) for reason in RejectReason)
_PLACE = re.compile(r"([0-9]{1,5}):([0-9]{1,19})")


def wanted(
    reason: str | None = None,
    since: datetime | None = None,
    source: str | None = None,
    event_type: str | None = None,
    state: str | None = LetterState.DEAD,
    at: Sequence[str] = (),
) -> Wanted:
    """Raises SettingInvalid for a reason or coordinates that cannot be."""
    if reason is not None and reason not in REASONS:
        raise SettingInvalid(f"no reason {reason}", setting="--reason", remedy=f"one of {', '.join(REASONS)}")
    moment = since.replace(tzinfo=UTC) if since is not None and since.tzinfo is None else since
    return Wanted(reason, source, event_type, moment, state, [_place(text) for text in at])


def _place(text: str) -> tuple[int, int]:
    found = _PLACE.fullmatch(text)
    if found is None:
        raise SettingInvalid(f"{text} is no place", setting="PARTITION:OFFSET", remedy="such as 3:1287, as `tracker dead list --each` says")
    return int(found[1]), int(found[2])


@contextmanager
def letters_of(generation: int | None) -> Iterator[Letters]:
    """Closed at the end."""
    settings = SinkSettings()
    letters = Letters(settings.clickhouse, generation or settings.generation)
    try:
        yield letters
    finally:
        letters.close()


@contextmanager
def sender_of(generation: int | None) -> Iterator[Sender]:
    """Signs with the installation's secret."""
    settings = WorkerSettings()
    topic = topic_names(generation or settings.generation).raw
    sender = Sender(settings.kafka, topic, settings.identity_key.get_secret_value().encode())
    try:
        yield sender
    finally:
        sender.close()


def attempts_of(letters: Letters, asked: Wanted, patch: Path | None) -> Iterator[Attempt]:
    """What would be sent, letter by letter. Raises SettingInvalid where the patch is none."""
    change = patch_of(_contents(patch)) if patch else unpatched
    limits = load_rules(WorkerSettings().rules_path).decode_limits
    return (attempt(letter, change, limits) for letter in letters.read(asked, with_raw=True))


def _contents(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as why:
        raise SettingInvalid(f"{file} cannot be read: {why.strerror}", setting="--patch", remedy="give another file") from why


def foretell(attempts: Iterable[Attempt], as_json: bool) -> None:
    """What would become of them now."""
    verdicts = Counter(a.obstacle or (f"refused again: {a.refusal}" if a.refusal else "would be taken") for a in attempts)
    if as_json:
        print_json({"verdicts": dict(verdicts.most_common())})
    else:
        print_table(("letters", "verdict"), [(n, verdict) for verdict, n in verdicts.most_common()])


def unless(is_dry: bool, command: str) -> int:
    """Exit code 2 where --yes was forgotten, as for every command that cannot be taken back."""
    if not is_dry:
        notice(f"error: nothing was done\nremedy: {command} ... --yes, or --dry-run to only look")
    return 0 if is_dry else USAGE


def aftermath(letters: Letters, before: Counter[str], sent: int, timeout_s: float, generation: int | None, as_json: bool) -> int:
    """Waits until they were judged; shows the states of all letters before and after. 1 where not all of it has landed in time."""
    settings = WorkerSettings()
    report = drain(timeout_s, settings.kafka, generation or settings.generation, notify=lambda line: None if as_json else notice(line))
    after = letters.counts(Wanted(state=None))
    if as_json:
        print_json({"sent": sent, "landed": report.is_drained, "before": dict(before), "after": dict(after)})
    else:
        print(f"{sent:,} sent")
        print_table(("state", "before", "after"), [(state, before[state], after[state]) for state in STATES])
        if not report.is_drained:
            notice(f"{report}: the states follow when it has")
    return 0 if report.is_drained else 1
