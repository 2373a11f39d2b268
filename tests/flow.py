"""One event taken through the real functions of each step, with the bytes between them; docs/flow.md shows what comes out.

python -m tests.flow        # writes the blocks of docs/flow.md anew
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from schemas.facts import Control, Fact, ResolvedFrame, decode_resolved, partition_of
from schemas.ledger import encode_ledger
from schemas.ledger_tables import TABLES
from schemas.links import LinkEntry, LinkFrame, Token, encode_links, kind_of
from schemas.row_frames import TableRows
from schemas.tables import Column
from sinks.batch import Batch, Place
from sinks.rows import project, unseal
from sinks.statements import insert_statement
from streams.core.admission import Admission, Gate, RawRecord
from streams.core.fact_building import Coordinates
from streams.core.identity.fold import Fold
from streams.core.identity.graph import MemoryGraph
from streams.core.overlay import MemoryBytes, Overlay
from streams.core.rulebook import rulebook_from
from streams.core.stitching import Stitcher
from streams.frames import resolved_frames, row_frames
from streams.ledger import ledger_record
from streams.outgoing import Outgoing, outgoing
from streams.rules_file import load_rules
from streams.settings import WorkerSettings

LINE = 118
PAGE = Path(__file__).parent.parent / "docs" / "flow.md"
PARTITIONS, RAW_PARTITION, RAW_OFFSET, EPOCH, RESOLVED_OFFSET, JOURNEYS_OFFSET = 6, 1, 118, 31, 57, 88
SENT_AT = datetime(2026, 3, 1, 9, 30, 0, 250_000, tzinfo=UTC)
RECEIVED_AT = 1_772_357_400_262
EVENT: dict[str, Any] = {
    "event_type": "order.placed",
    "occurred_at": "2026-03-01T10:29:58.000+01:00",
    "identities": [{"kind": "email", "value": "Jo@Example.org"}, {"kind": "anonymous", "value": "c-77"}],
    "payload": {
        "order_id": "1001",
        "lines": [{"line_id": "1", "product_id": "mug", "quantity": 2, "unit_price": "9.95"}],
        "total": "19.90",
        "currency": "EUR",
    },
}
SHOWN = (
    "customer_id", "occurred_at", "event_id", "event_type", "channel", "stage", "scope", "owner", "session_id", "journey_id", "sentiment",
    "amount", "currency", "order_id", "identity_kinds", "raw_partition", "raw_offset", "version",
)  # fmt: skip
"""Columns of `touchpoints` that the page shows."""


class Journey:
    """Every stage of the event's way, made once, in order."""

    def __init__(self) -> None:
        rules, graph = load_rules(), MemoryGraph()
        gate = Gate(rules, _default("identity_key").get_secret_value().encode())
        self.sent: Outgoing = outgoing(EVENT, source="shop-eu", now=SENT_AT)
        admission = Admission(gate, Overlay(MemoryBytes()), lambda entry: False)
        admission.admit(RawRecord(self.sent.key, self.sent.value, Coordinates(RAW_PARTITION, RAW_OFFSET, RECEIVED_AT)))
        self.entries: list[LinkEntry] = list(admission.entries)
        self.links = encode_links(LinkFrame(self.entries))
        fold = Fold(gate.policy, graph)
        self.controls: list[Control] = fold.apply(EPOCH, self.entries)
        (self.resolved,) = resolved_frames(EPOCH, admission.records, [(RAW_PARTITION, RAW_OFFSET, RAW_OFFSET)])
        frame: ResolvedFrame = decode_resolved(self.resolved)
        self.fact: Fact = frame.facts[0]
        self.customer = fold.who.owner(self.fact.tokens, self.fact.occurred_at, EPOCH)
        self.ledger = encode_ledger(ledger_record(RAW_PARTITION, RAW_OFFSET, RAW_OFFSET, admission.counts, "worker-1"))
        self.home = partition_of(self.customer, PARTITIONS)
        stitcher = Stitcher(self.home, PARTITIONS, fold.who, rulebook_from(rules), Overlay(MemoryBytes()), EPOCH)
        stitcher.apply(frame, RESOLVED_OFFSET)
        self.tables: dict[str, TableRows] = stitcher.effects.tables()
        source = ("touchpoints.resolved.g1", self.home, RESOLVED_OFFSET, RESOLVED_OFFSET)
        (self.rows,) = row_frames(self.tables, source, 1)
        self.batch = Batch()
        self.batch.add(Place("journeys.g1", self.home, JOURNEYS_OFFSET), project(unseal(self.rows)), len(self.rows), 0.0)


def blocks() -> dict[str, str]:
    """The text of each block of the page, by name."""
    way = Journey()
    return {
        "emit": f"key    {way.sent.key.decode()}\nvalue  {len(way.sent.value)} bytes\n\n{_wrapped(way.sent.value.decode())}",
        "links": _links(way),
        "fact": _fact(way),
        "ledger": _wrapped(way.ledger.decode()),
        "unify": _unify(way),
        "stitch": _stitch(way),
        "row": _row(way),
        "batch": _batch(way),
    }


def filled(page: str, texts: dict[str, str]) -> str:
    """The page with the content of its marked blocks replaced; KeyError for a mark that nobody fills."""
    return re.sub(r"(<!-- (\w+) -->\n```text\n).*?^```$", lambda m: f"{m[1]}{texts[m[2]]}\n```", page, flags=re.DOTALL | re.MULTILINE)


def marks(page: str) -> list[str]:
    """The names of the page's marked blocks, in order."""
    return re.findall(r"<!-- (\w+) -->\n```", page)


def _links(way: Journey) -> str:
    shown = [f"{e.what}  {_token(e.a)}\n      {_token(e.b)}\n      {_time(e.at)}" for e in way.entries]
    return f"{len(way.links)} bytes  {_hex(way.links)}\n\n" + "\n".join(shown)


def _fact(way: Journey) -> str:
    fact = way.fact
    lines = [
        f"{len(way.resolved)} bytes  {_hex(way.resolved)}",
        "",
        f"epoch     {EPOCH}",
        f"covers    touchpoints.raw {RAW_PARTITION}: {RAW_OFFSET} to {RAW_OFFSET}",
        f"fact      {fact.event_type}, {_time(fact.occurred_at)}, {fact.actor}, channel {fact.channel}",
        f"tokens    {_token(fact.tokens[0])}",
        *(f"          {_token(token)}" for token in fact.tokens[1:]),
        f"amount    {fact.amount} ten-thousandths {fact.currency}",
        f"payload   {len(fact.payload)} bytes of JSON",
        f"personal  {_shortened(fact.personal.decode())}",
    ]
    return "\n".join(lines)


def _unify(way: Journey) -> str:
    told = [f"control   {UUID(bytes=c.customer)}  {len(c.nodes)} tokens, {len(c.pairs)} pairs" for c in way.controls]
    return "\n".join([*told, "", f"customer  {UUID(bytes=way.customer)}, partition {way.home} of {PARTITIONS}"])


def _stitch(way: Journey) -> str:
    counts = [f"{name:<14} {len(t.upserts)} upserted, {len(t.withdrawals)} withdrawn" for name, t in way.tables.items()]
    return f"{len(way.rows)} bytes  {_hex(way.rows)}\n\n" + "\n".join(counts)


def _row(way: Journey) -> str:
    (row,) = way.tables["touchpoints"].upserts
    cells = zip(TABLES["touchpoints"].columns, row, strict=True)
    return "\n".join(f"{column.name:<15} {column.role:<8} {_value(column, value)}" for column, value in cells if column.name in SHOWN)


def _batch(way: Journey) -> str:
    lines = []
    for block in way.batch.blocks():
        body = block.entries[0].body
        lines.append(f"{block.table:<14} {sum(len(e.body) for e in block.entries):>4} bytes  {_hex(body, 20)}")
    token = next(way.batch.blocks()).token
    statement = insert_statement("tracker_g1", TABLES["touchpoints"])
    commits = ", ".join(f"partition {p}: {offset}" for p, offset in way.batch.next_offsets.items())
    return "\n".join([*lines, "", f"INSERT INTO {statement[:88]}...", f"token   {token}", f"commit  journeys.g1 {commits}"])


def _value(column: Column, value: Any) -> str:
    if value is None:
        return "NULL"
    if "UUID" in column.type:
        return str(UUID(bytes=value))
    if "DateTime64" in column.type:
        return _time(value)
    return str(Decimal(value).scaleb(-4)) if "Decimal" in column.type else str(value)


def _default(name: str) -> Any:
    return WorkerSettings.model_fields[name].default


def _token(token: Token) -> str:
    return f"{token.hex()} ({kind_of(token)})"


def _time(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, tz=UTC):%Y-%m-%d %H:%M:%S}.{ms % 1000:03}"


def _hex(raw: bytes, count: int = 24) -> str:
    return raw[:count].hex(" ") + (" ..." if len(raw) > count else "")


def _shortened(text: str) -> str:
    return json.dumps({key: value for key, value in json.loads(text).items() if key == "identities"})


def _wrapped(text: str) -> str:
    """Broken after commas, so that joining the lines gives the bytes again."""
    lines = [""]
    for piece in re.split(r"(?<=,)", text):
        if len(lines[-1]) + len(piece) > LINE:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), blocks()), encoding="utf-8")
