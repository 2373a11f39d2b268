"""Who is who on the real stack: corrected where it must be and nowhere else, reproduced as it was known, explained and undone."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from deploy.chaos.line import Line, own_kafka, started
from deploy.chaos.records import record_of
from deploy.cli import main
from schemas.ledger_tables import TABLES
from schemas.row_frames import decode_rows
from schemas.topics import topic_names
from tests.integration.harness.expected import difference, plain, reading, stored
from tests.integration.harness.teller import Document, Teller
from tests.stack import ClickHouseAddress

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]
FACTS = ("touchpoints", "sessions", "journeys", "customers", "orders", "tickets", "identities")
"""Tables whose rows are sent only where they differ."""
TALES = ("identity_history", "identity_logins", "identity_epochs", "customer_redirects", "alerts", "ledger")
CLOSING = ("sessions", "journeys")
"""An event in order that begins a new one tells the last one once more."""
BYSTANDERS = 40
Report = tuple[str, list[Any]]
"""when, and its figures"""
Rows = Mapping[str, Mapping[tuple[Any, ...], Any]]


@dataclass
class Tale:
    """A line with events told step by step; after each all of it has landed."""

    line: Line
    teller: Teller = field(default_factory=lambda: Teller("w0001", 0))
    sent: int = 0
    offsets: dict[int, int] = field(default_factory=dict)

    def land(self) -> None:
        self.line.send([record_of(document) for document in self.teller.told[self.sent :]])
        self.sent = len(self.teller.told)
        self.line.settle()

    def rows(self) -> Rows:
        """Content of every live row of the tables of facts, by table and key."""
        found: dict[str, dict[tuple[Any, ...], Any]] = {}
        for name in FACTS:
            columns = [c for c in TABLES[name].columns if c.role != "arrival"]
            chosen = [f"toUnixTimestamp64Milli({c.name})" if c.role == "key" and "DateTime64" in c.type else c.name for c in columns]
            values = self.line.ask(f"SELECT {', '.join(chosen)} FROM {{tables}}.{name} FINAL")
            keys = len(TABLES[name].keys)
            found[name] = {tuple(map(str, row[:keys])): plain(row[keys:]) for row in values}
        return found

    def corrected(self) -> dict[str, set[tuple[Any, ...]]]:
        """Keys of the rows that were sent on `journeys` since the last call."""
        found: dict[str, set[tuple[Any, ...]]] = {}
        for record in self.line.read(topic_names(self.line.generation).journeys):
            if record.offset < self.offsets.get(record.partition, 0):
                continue
            for name, rows in decode_rows(record.value).tables.items():
                width = len(TABLES[name].keys)
                found.setdefault(name, set()).update(tuple(row[:width]) for row in (*rows.upserts, *rows.withdrawals))
        self.offsets = self.line.ends(topic_names(self.line.generation).journeys)
        return found

    def customer(self, identity: str) -> str:
        kind, _, value = identity.partition(":")
        ((customer,),) = self.line.ask(
            f"SELECT customer_id FROM {self.line.database}.customer_at(kind = '{kind}', identity = '{value}', at = '2025-12-01 00:00:00')"
        )
        return str(customer)


@pytest.fixture(scope="module")
def tale(clickhouse: ClickHouseAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tale]:
    """Two customers, a household on one tablet, and people who have nothing to do with any of it."""
    folder: Path = tmp_path_factory.mktemp("who")
    with own_kafka(folder / "stack") as kafka, started(Line(kafka, clickhouse, "who_is_who", folder)) as line:
        line.worker()
        line.sink()
        tale = Tale(line)
        begin(tale.teller)
        tale.land()
        tale.corrected()
        yield tale


def begin(t: Teller) -> None:
    for n in range(BYSTANDERS):
        t.view(1 + n / 100, t.mail(f"by{n}"), t.one("anonymous", f"by{n}"))
    for day, (mail, cookie) in enumerate((("ann", "ann-c"), ("bob", "bob-c"))):
        for n in range(4):
            t.view(2 + day + n / 50, t.one("anonymous", cookie))
        t.tell("order.placed", 3 + day, t.mail(mail), t.one("anonymous", cookie), payload={"order_id": f"O-{mail}", "promised_at": None})
        t.view(9 + day, t.mail(mail))
    for day, account in ((4, "mum"), (5, "dad")):
        t.tell("login.succeeded", day, t.one("account", account), t.one("device", "tablet"))
    for n in range(6):
        t.view(4.2 + n / 4, t.one("device", "tablet"))


def changed(before: Rows, after: Rows) -> dict[str, set[tuple[str, ...]]]:
    """Keys of the rows that are new, gone or of another content."""
    found = {}
    for name in FACTS:
        old, new = before[name], after[name]
        found[name] = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    return {name: keys for name, keys in found.items() if keys}


def as_text(table: str, keys: set[tuple[Any, ...]]) -> set[tuple[str, ...]]:
    """Keys as they travel in the form of `Tale.rows`."""
    types = [c.type for c in TABLES[table].columns if c.role == "key"]
    return {tuple(str(UUID(bytes=v)) if t == "UUID" else str(v) for t, v in zip(types, key, strict=True)) for key in keys}


def step(tale: Tale, *told: Document) -> tuple[Rows, Rows, dict[str, set[tuple[Any, ...]]]]:
    """Lands what was told; rows before, rows after, keys of the rows sent."""
    assert told
    before = tale.rows()
    tale.land()
    return before, tale.rows(), tale.corrected()


def only_what_had_to(before: Rows, after: Rows, sent: dict[str, set[tuple[Any, ...]]], customers: set[str]) -> None:
    """Every row that differs was sent; no other one was, but where the new event itself passed by; and all are of these customers."""
    wrong = changed(before, after)
    assert wrong.get("touchpoints"), "something was to change"
    for name in FACTS:
        keys, told = wrong.get(name, set()), as_text(name, sent.get(name, set()))
        assert {key[0] for key in told} <= customers, f"{name}: rows of others were sent"
        assert keys <= told, f"{name}: {keys - told} differ and were not sent"
        same = (told - keys) & before[name].keys()
        assert len(same) <= (name in CLOSING), f"{name}: {same} were sent and did not change"
    for name in ("identity_links", "identity_conflicts"):
        assert {key[0] for key in as_text(name, sent.get(name, set()))} <= customers, name
    assert set(sent) <= {*FACTS, *TALES, "identity_links", "identity_conflicts"}


def agrees_with_the_reading(tale: Tale) -> None:
    expected = {name: rows for name, rows in reading(tale.teller.told).items() if rows}
    assert difference(expected, stored(tale.line, expected)) == ""


def known_now(tale: Tale) -> str:
    """A moment by Kafka's clock, after all that has landed and before all that comes."""
    ((at,),) = tale.line.ask("SELECT toString(now64(3, 'UTC'))")
    return str(at)


def figures(tale: Tale, known_at: str | None = None) -> list[Any]:
    """What a report shows: by customer, touchpoints and those of each channel, orders and their amount."""
    source = "touchpoints" if known_at is None else f"touchpoints_as_known(known_at = '{known_at}')"
    return list(
        tale.line.ask(
            "SELECT customer_id, count(), uniqExact(channel), countIf(event_type = 'order.placed'), sum(amount),"
            f" groupArraySorted(100)(event_id) FROM {tale.line.database}.{source} GROUP BY customer_id ORDER BY customer_id"
        )
    )


def cli(tale: Tale, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """The document that a command prints."""
    c = tale.line.connection
    given = {"KAFKA_BOOTSTRAP": tale.line.kafka, "CLICKHOUSE_HOST": c.host, "CLICKHOUSE_PORT": c.port, "CLICKHOUSE_DATABASE": c.database}
    for name, value in given.items():
        monkeypatch.setenv(f"TRACKER_{name}", str(value))
    assert main([*words, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


@pytest.mark.enable_socket
def test_merge_late_login_and_unlink_correct_what_they_touch_and_what_was_known_stays_known(
    tale: Tale, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    t = tale.teller
    two = {tale.customer(t.mail("ann")), tale.customer(t.mail("bob"))}
    assert len(two) == 2
    agrees_with_the_reading(tale)
    reports = [(known_now(tale), figures(tale)), merge(tale, two), login_too_late(tale)]
    reports.append(unlink(tale, two, cli(tale, monkeypatch, capsys, "unlink", t.mail("ann"), t.mail("bob"), "--reason", "a gift")))
    for known_at, report in reports:
        assert figures(tale, known_at) == report, f"the report of {known_at}"
    assert len({str(report) for _, report in reports}) == len(reports), "each of them changed the figures"
    explained(tale, monkeypatch, capsys, reports[1][0])
    told_in_sql(tale, two)


def merge(tale: Tale, two: set[str]) -> Report:
    """An event shows the addresses of both."""
    ann, bob = tale.teller.mail("ann"), tale.teller.mail("bob")
    only_what_had_to(*step(tale, tale.teller.view(12, ann, bob)), two)
    assert tale.customer(ann) == tale.customer(bob) in two
    agrees_with_the_reading(tale)
    return known_now(tale), figures(tale)


def login_too_late(tale: Tale) -> Report:
    """Dad's login of an afternoon on which all was mum's until now."""
    family = {tale.customer(tale.teller.one("account", name)) for name in ("mum", "dad")}
    assert len(family) == 2
    login = tale.teller.tell("login.succeeded", 4.6, tale.teller.one("account", "dad"), tale.teller.one("device", "tablet"))
    only_what_had_to(*step(tale, login), family)
    agrees_with_the_reading(tale)
    return known_now(tale), figures(tale)


def unlink(tale: Tale, two: set[str], said: Any) -> Report:
    """`said` is what the command printed."""
    assert (said["before"]["verdict"], said["after"]["verdict"]) == ("one customer", "two customers")
    tale.line.settle()
    assert {tale.customer(tale.teller.mail(name)) for name in ("ann", "bob")} == two
    sent = tale.corrected()
    assert {str(UUID(bytes=key[0])) for name in FACTS for key in sent.get(name, set())} == two
    return known_now(tale), figures(tale)


def explained(tale: Tale, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], merged_at: str) -> None:
    """By the commands, now and as known before."""
    t = tale.teller
    ann, bob = t.mail("ann"), t.mail("bob")
    now = cli(tale, monkeypatch, capsys, "why", ann, bob)
    assert [step["state"] for step in now["steps"]] == ["cut"]
    assert now["steps"][0]["unlinked_by"]["event_type"] == "identity.unlinked"
    then = cli(tale, monkeypatch, capsys, "why", t.one("anonymous", "ann-c"), bob, "--as-of", merged_at.replace(" ", "T"))
    assert then["verdict"] == "one customer"
    assert [step["evidence"]["event_type"] for step in then["steps"]] == ["order.placed", "page.viewed"]
    assert "ann.w0001" not in json.dumps(then), "masked"
    tablet = cli(tale, monkeypatch, capsys, "why", t.one("device", "tablet"), t.one("account", "mum"))
    assert (tablet["verdict"], [mute["rule"] for mute in tablet["mutes"]]) == ("nobody's", ["shared"])
    assert len(next(iter(tablet["logins"].values()))) == 3
    (shared,) = cli(tale, monkeypatch, capsys, "shared")["shared"]
    assert (shared["kind"], shared["logins"]) == ("device", 3)
    about = cli(tale, monkeypatch, capsys, "customer", ann)
    assert about["figures"]["order_count"] == 1
    assert {row["rule"] for row in about["identities"]} >= {"own", "linked", "number"}
    assert cli(tale, monkeypatch, capsys, "conflicts") == {"conflicts": []}
    for words, expected in ((["customer", bob], "former ids"), (["shared"], "device"), (["why", ann, bob], "taken apart")):
        assert main(words) == 0
        assert expected in capsys.readouterr().out


def told_in_sql(tale: Tale, two: set[str]) -> None:
    """History, look-up by time and the dictionary say the same."""
    ask, views = tale.line.ask, tale.line.database
    bob = tale.teller.mail("bob").removeprefix("email:")
    rules = ask(f"SELECT rule, customer_id, known_to IS NULL FROM {views}.identity_periods WHERE value = '{bob}' ORDER BY known_from")
    assert [row[0] for row in rules] in (["own", "linked", "own"], ["own"])
    holders = [
        str(ask(f"SELECT customer_id FROM {views}.customer_at(kind = 'device', identity = 'tablet-w0001', at = '{at}')")[0][0])
        for at in ("2025-06-06 10:00:00", "2025-06-06 16:00:00", "2025-06-07 10:00:00")
    ]
    mum, dad = (tale.customer(tale.teller.one("account", name)) for name in ("mum", "dad"))
    assert holders == [mum, dad, dad], "the late login of dad at 14:24"
    for at, expected in (("2025-06-06 10:00:00", mum), ("2025-06-06 16:00:00", dad), ("2025-06-01 00:00:00", str(UUID(int=0)))):
        ((found,),) = ask(
            f"SELECT dictGet('{views}.identity_owner', 'customer_id', ('device', 'tablet-w0001'),"
            f" toUnixTimestamp64Milli(toDateTime64('{at}', 3, 'UTC')))"
        )
        assert str(found) == expected
    ((found, owner),) = ask(f"SELECT count(), any(customer_id) FROM {views}.customer_identities(customer = '{min(two)}')")
    assert found > 1
    assert str(owner) == min(two)
