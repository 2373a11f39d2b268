"""What a model's docstring says of its fields: `unit_price: of one piece; discount: of the whole line.` Kept beside the fields once, it
reaches the JSON Schema and docs/events.md from there."""

import re

_CLAUSE = re.compile(r"([a-z_]+(?:, [a-z_]+)*): (.*)", re.DOTALL)


def notes_in(doc: str, fields: frozenset[str]) -> tuple[str, dict[str, str]]:
    """The docstring without its notes, and the note of each field that has one. A clause ends at `; ` or at a full stop."""
    rest: list[str] = []
    notes: dict[str, str] = {}
    for clause in re.split(r"(?<=[;.])\s+", " ".join(doc.split())):
        found = _CLAUSE.fullmatch(clause)
        names = found[1].split(", ") if found else []
        if found and fields.issuperset(names):
            notes.update(dict.fromkeys(names, _unended(found[2])))
        else:
            rest.append(clause)
    return " ".join(rest), notes


def _unended(note: str) -> str:
    return note if note.endswith("...") else note.rstrip(";.")
