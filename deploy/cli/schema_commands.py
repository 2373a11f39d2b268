"""`tracker schema`: what producers may send, as a list, as examples, as JSON Schema, and as a check of a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from deploy.cli.output import notice, print_json, print_table

USAGE = 2
Json = Annotated[bool, Parameter(name="--json", show_default=False, help="One JSON document on stdout.")]

ABOUT = """What producers may send: list, show, export, check.

For example:

    tracker schema list
    tracker schema show order.placed"""

app = App(name="schema", help=ABOUT, help_format="plaintext")


@app.command(name="list")
def list_types(*, as_json: Json = False) -> None:
    """List every event type with its version and meaning.

    For example:

        tracker schema list
        tracker schema list --json
    """
    from schemas.touchpoints import EVENT_TYPES

    rows = [{"event_type": s.event_type, "version": s.version, "channel": s.channel, "meaning": s.meaning} for s in EVENT_TYPES.values()]
    if as_json:
        print_json({"event_types": rows})
    else:
        print_table(("event_type", "version", "channel", "meaning"), [tuple(row.values()) for row in rows])


@app.command
def show(event_type: str, *, schema: Annotated[bool, Parameter(show_default=False, help="Its JSON Schema instead.")] = False) -> int:
    """Print a valid example of an event type, ready to be changed and sent.

    For example:

        tracker schema show order.placed
        tracker schema show order.placed --schema
    """
    from schemas.examples import example
    from schemas.export import json_schema
    from schemas.touchpoints import EVENT_TYPES

    spec = EVENT_TYPES.get(event_type)
    if spec is None:
        notice(f"error: there is no event type {event_type}\nremedy: tracker schema list")
        return USAGE
    print_json(json_schema(spec) if schema else example(event_type))
    return 0


@app.command
def export(directory: Path) -> None:
    """Write the JSON Schema (2020-12) of every event type into a directory, one file for each version.

    For example:

        tracker schema export build/schemas
    """
    from schemas.export import exported

    directory.mkdir(parents=True, exist_ok=True)
    schemas = dict(exported())
    for name, text in schemas.items():
        (directory / name).write_text(text, encoding="utf-8")
    print(f"{len(schemas)} schemas in {directory}")


@app.command
def check(file: Annotated[Path, Parameter(allow_leading_hyphen=True)], *, as_json: Json = False) -> int:
    """Check a file of events, one JSON object a line (- reads stdin). Exit code 1 where one would become a dead letter.

    Dates are checked when an event arrives, not here.

    For example:

        tracker schema check events.ndjson
        tracker schema show order.placed | tracker schema check -
    """
    from schemas.codec import decode
    from schemas.dead_letters import Rejection

    outcomes = [(line, decode(raw)) for line, raw in _records(file)]
    wrong = [(line, outcome) for line, outcome in outcomes if isinstance(outcome, Rejection)]
    if as_json:
        rows = [{"line": line, "reason": r.reason.value, "field": r.field, "detail": r.detail} for line, r in wrong]
        print_json({"events": len(outcomes), "rejected": rows})
    else:
        for line, rejection in wrong:
            place = f"{rejection.field}: " if rejection.field else ""
            print(f"line {line}: {rejection.reason}: {place}{rejection.detail}")
        notice(f"{len(outcomes)} events, {len(outcomes) - len(wrong)} fine, {len(wrong)} rejected")
    return int(bool(wrong))


def _records(file: Path) -> Iterator[tuple[int, bytes]]:
    """Line number and bytes; a file that is one indented JSON document counts as one event on line 1."""
    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    if content.lstrip()[:2] in (b"{\n", b"{\r"):
        yield 1, content.strip()
        return
    yield from ((number, line.strip()) for number, line in enumerate(content.splitlines(), start=1) if line.strip())


@app.command
def page() -> None:
    """Print docs/events.md, made from the models.

    For example:

        tracker schema page > docs/events.md
    """
    from schemas.events_page import events_page

    sys.stdout.write(events_page())


@app.command
def release(directory: Path = Path("schemas/released")) -> None:
    """For maintainers: write down the shapes as shipped. Refuses a change that old events would not survive.

    For example:

        tracker schema release
    """
    from schemas.compatibility import breaks
    from schemas.errors import ReleaseBroken
    from schemas.export import released, text_of

    for name, schema in released():
        target = directory / name
        found = breaks(_stored(target), schema) if target.exists() else []
        if found:
            remedy = "give the type a new version and an upcaster from the old one, or take the change back"
            raise ReleaseBroken(f"{name}: {'; '.join(found)}", event_type=name, remedy=remedy)
        target.write_text(text_of(schema), encoding="utf-8")
    print(f"the shapes in {directory} are as the code has them")


def _stored(target: Path) -> dict[str, object]:
    import json

    stored: dict[str, object] = json.loads(target.read_text(encoding="utf-8"))
    return stored
