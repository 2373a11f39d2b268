"""`tracker suggest` and `tracker review`: who might be one customer, and what people decide. They look where TRACKER_* says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from cyclopts import App, Parameter
from cyclopts.validators import Number

from deploy.cli.output import notice, print_json, print_table

if TYPE_CHECKING:
    from deploy.suggest.candidates import Identity
    from deploy.suggest.shelf import Kept, Shelf
    from sinks.clickhouse import ClickHouse

Json = Annotated[bool, Parameter(name="--json", show_default=False, help="One JSON document on stdout.")]
Limit = Annotated[int, Parameter(validator=Number(gte=1), help="At most so many, best first.")]
Threshold = Annotated[float, Parameter(validator=Number(gt=0, lt=1), help="Least probability that two are one, as the model has it.")]
Personal = Annotated[
    bool, Parameter(name="--show-personal", show_default=False, help="Show e-mail addresses and other personal values in full.")
]

ABOUT = """Decide on suggested pairs: list, accept, reject. Accepting emits identity.linked; rejecting is remembered.

For example:

    tracker review list
    tracker review accept 6f0c2d0e-6a1c-8f5e-9c1d-0a4b7c3e2f10
    tracker review reject 6f0c2d0e-6a1c-8f5e-9c1d-0a4b7c3e2f10"""

review = App(name="review", help=ABOUT, help_format="plaintext")


def suggest(*, threshold: Threshold = 0.5, limit: Limit = 1000, as_json: Json = False) -> None:
    """Look for customers who might be one, by name, postal address, e-mail and phone, and keep the pairs for review. Nobody is joined.

    Needs the extra `suggest` (Splink). Repeat it as often as you like: decided pairs do not come back. docs/score.md says how good it is.

    For example:

        tracker suggest
        tracker suggest --threshold 0.9 --limit 100
    """
    from deploy.suggest.run import suggest as find_and_keep
    from streams.clock import SYSTEM_CLOCK
    from streams.rules_file import load_rules
    from streams.settings import WorkerSettings

    rules = load_rules(WorkerSettings().rules_path).identity
    with _shelf() as (door, shelf), _extra():
        found = find_and_keep(door, shelf, rules, SYSTEM_CLOCK, threshold, limit)
        values = _values(door, found.kept, show_personal=False)
    if as_json:
        return print_json({"compared": found.compared, "alike": found.alike, "suggestions": [_document(one, values) for one in found.kept]})
    _table(found.kept, values)
    notice(f"{found.compared:,} customers compared, {found.alike:,} pairs alike, {len(found.kept):,} kept; tracker review list")
    return None


@review.command(name="list")
def list_open(*, limit: Limit = 50, show_personal: Personal = False, as_json: Json = False) -> None:
    """Show what waits for a decision, best first.

    For example:

        tracker review list
        tracker review list --limit 10 --show-personal
    """
    with _shelf() as (door, shelf):
        kept = shelf.read("state = 'open'", limit)
        values = _values(door, kept, show_personal)
    if as_json:
        return print_json({"suggestions": [_document(one, values) for one in kept]})
    return _table(kept, values)


@review.command
def accept(suggestion_id: UUID, /, *, as_json: Json = False) -> None:
    """Join the two: emits identity.linked, which tracker unlink can undo.

    For example:

        tracker review accept 6f0c2d0e-6a1c-8f5e-9c1d-0a4b7c3e2f10
    """
    from deploy.suggest.run import accept as link
    from streams.clock import SYSTEM_CLOCK
    from streams.settings import WorkerSettings

    with _shelf() as (door, shelf):
        kept = shelf.one(suggestion_id)
        decided = kept if kept.state == "accepted" else link(kept, door, shelf, WorkerSettings().kafka, SYSTEM_CLOCK)
    _tell(decided, as_json)


@review.command
def reject(suggestion_id: UUID, /, *, as_json: Json = False) -> None:
    """Keep the two apart: the pair is not suggested again. A pair that was accepted is taken apart by identity.unlinked, not by this.

    For example:

        tracker review reject 6f0c2d0e-6a1c-8f5e-9c1d-0a4b7c3e2f10
    """
    from deploy.suggest.run import reject as refuse
    from streams.clock import SYSTEM_CLOCK

    with _shelf() as (_, shelf):
        decided = refuse(shelf.one(suggestion_id), shelf, SYSTEM_CLOCK)
    _tell(decided, as_json)


@contextmanager
def _shelf() -> Iterator[tuple[ClickHouse, Shelf]]:
    from deploy.suggest.shelf import Shelf
    from sinks.clickhouse import ClickHouse
    from sinks.settings import SinkSettings

    settings = SinkSettings()
    door = ClickHouse(settings.clickhouse, timeout_s=600, database=settings.clickhouse.database)
    try:
        yield door, Shelf(door, settings.clickhouse, settings.generation)
    finally:
        door.close()


@contextmanager
def _extra() -> Iterator[None]:
    """Says what to install where the extra is missing."""
    from schemas.errors import ConfigurationError

    try:
        yield
    except ModuleNotFoundError as missing:
        remedy = "pip install 'touchpoint-tracker[suggest]'"
        raise ConfigurationError(f"tracker suggest needs {missing.name}", setting="suggest", remedy=remedy) from None


def _tell(decided: Kept, as_json: bool) -> None:
    if as_json:
        print_json(_document(decided, {}))
    else:
        print(f"{decided.suggestion.suggestion_id} {decided.state}")


def _values(door: ClickHouse, kept: Sequence[Kept], show_personal: bool) -> Mapping[Identity, str]:
    from deploy.suggest.run import clear_values
    from deploy.tail.masking import masked_identity

    shown = [identity for one in kept for identity in (one.suggestion.a, one.suggestion.b)]
    clear = clear_values(door, shown) if shown else {}
    return clear if show_personal else {identity: masked_identity(identity[0], value) for identity, value in clear.items()}


def _table(kept: Sequence[Kept], values: Mapping[Identity, str]) -> None:
    rows = [_document(one, values) for one in kept]
    columns = ("suggestion_id", "score", "a", "b", "reason")
    print_table(columns, [[row[column] for column in columns] for row in rows])


def _document(kept: Kept, values: Mapping[Identity, str]) -> dict[str, Any]:
    told = kept.suggestion
    return {
        "suggestion_id": told.suggestion_id,
        "state": kept.state,
        "score": round(told.score, 4),
        "a": _shown(told.a, values),
        "b": _shown(told.b, values),
        "customer_a": told.customer_a,
        "customer_b": told.customer_b,
        "reason": told.reason,
        "suggested_at": kept.suggested_at,
        "decided_at": kept.decided_at,
    }


def _shown(identity: Identity, values: Mapping[Identity, str]) -> str:
    """The kind and the value; where no customer shows it any more, the first digits of its token."""
    kind, token = identity
    return f"{kind} {values.get(identity, token[2:10])}"
