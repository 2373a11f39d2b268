"""A whole import against a twin of Kafka: resumed where it stopped, repeated without doubling, refused rows told."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from deploy.importer.errors import InputUnreadable
from deploy.importer.mapping import Mapping, mapping_of
from deploy.importer.records import Grouped, sorted_rows
from deploy.importer.run import ImportOptions, Sending, import_file
from deploy.importer.tally import Tally
from schemas.errors import ServiceUnavailable
from schemas.examples import example
from streams.clock import SYSTEM_CLOCK, Clock, SystemClock
from streams.producer import Producer
from tests.streams.brokers import Broker

PAGES = mapping_of(
    yaml.safe_load("""
version: 1
source: s
columns: {n: integer}
events:
  - {type: page.viewed, occurred_at: at, identities: {account: who}, payload: {url: url, n: n}}
""")
)
BASKETS = mapping_of({**PAGES.model_dump(), "group": {"by": ["who"]}})
HEADER = "at,who,url,n\n"


class Shop:
    """A folder with a broker, in which one import after the other is run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = Broker()

    def run(
        self,
        name: str = "pages.csv",
        mapping: Mapping | None = PAGES,
        target: str = "cluster",
        clock: Clock = SYSTEM_CLOCK,
        flush_timeout_s: float = 20,
        **options: Any,
    ) -> Tally:
        producer = Producer(source="s", connect=self.broker.connect)
        sending = Sending(producer, self.folder / "state", target, flush_timeout_s)
        try:
            return import_file(self.folder / name, mapping, ImportOptions(**options), sending, clock)
        finally:
            producer.close(0)

    @property
    def urls(self) -> list[str]:
        return [orjson.loads(value)["payload"]["url"] for value in self.broker.values]

    @property
    def ids(self) -> list[str]:
        return [key.decode() for key, _ in self.broker.records]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def rows(*urls: str) -> str:
    return "".join(f"2026-01-01T00:00:00Z,w{url[0]},/{url},1\n" for url in urls)


def test_an_import_sends_each_row_and_counts_by_type(shop: Shop) -> None:
    (shop.folder / "pages.csv").write_text(HEADER + rows("a", "b", "c"))
    tally = shop.run()
    assert shop.urls == ["/a", "/b", "/c"]
    assert tally.summary()["events_by_type"] == {"page.viewed": 3}


def test_a_second_run_sends_nothing_and_again_sends_the_same_ids(shop: Shop) -> None:
    (shop.folder / "pages.csv").write_text(HEADER + rows("a", "b"))
    shop.run()
    assert shop.run().skipped == 2
    assert len(shop.ids) == 2
    shop.run(again=True)
    assert shop.ids[2:] == shop.ids[:2]


def test_another_cluster_gets_all_of_it(shop: Shop) -> None:
    (shop.folder / "pages.csv").write_text(HEADER + rows("a", "b"))
    shop.run()
    assert shop.run(target="other").skipped == 0


def test_an_import_goes_on_where_it_stopped(shop: Shop) -> None:
    (shop.folder / "pages.csv").write_text(HEADER + rows("a", "b", "c", "d"))
    shop.run(limit=2)
    assert shop.run().skipped == 2
    assert shop.urls == ["/a", "/b", "/c", "/d"]


def test_what_was_added_to_a_file_is_all_that_is_sent(shop: Shop) -> None:
    path = shop.folder / "pages.csv"
    path.write_text(HEADER + rows("a", "b"))
    shop.run()
    with path.open("a") as file:
        file.write(rows("c"))
    shop.run()
    assert shop.urls == ["/a", "/b", "/c"]


def test_a_file_that_was_replaced_starts_anew(shop: Shop) -> None:
    path = shop.folder / "pages.csv"
    path.write_text(HEADER + rows("a", "b"))
    shop.run()
    path.write_text(HEADER + rows("x", "y", "z"))
    assert shop.run().skipped == 0


def test_a_group_cut_short_by_the_end_of_a_growing_file_is_sent_again_whole(shop: Shop) -> None:
    path = shop.folder / "pages.csv"
    path.write_text(HEADER + rows("a", "b1"))
    shop.run(mapping=BASKETS)
    with path.open("a") as file:
        file.write(rows("b2", "c"))
    shop.run(mapping=BASKETS)
    assert shop.urls == ["/a", "/b1", "/b1", "/c"]


class InterruptingClock(SystemClock):
    """Ctrl-C comes with the record after `count`."""

    def __init__(self, count: int) -> None:
        self._left = count

    def now(self) -> datetime:
        self._left -= 1
        if self._left < 0:
            raise KeyboardInterrupt
        return super().now()


def test_an_interrupted_import_notes_only_what_kafka_has(shop: Shop) -> None:
    (shop.folder / "pages.csv").write_text(HEADER + rows(*"abcdef"))
    with pytest.raises(KeyboardInterrupt):
        shop.run(clock=InterruptingClock(3))
    assert shop.urls == ["/a", "/b", "/c"]
    assert shop.run().skipped == 3
    assert shop.urls == [f"/{letter}" for letter in "abcdef"]


def test_an_import_that_kafka_does_not_take_fails_and_is_done_by_the_next(shop: Shop) -> None:
    (shop.folder / "pages.csv").write_text(HEADER + rows("a", "b"))
    shop.broker.away = True
    with pytest.raises(ServiceUnavailable, match=r"has not taken 2 events.*goes on where it stopped"):
        shop.run(flush_timeout_s=0.05)
    shop.broker.away = False
    assert shop.run().skipped == 0
    assert shop.urls == ["/a", "/b"]


def test_a_followed_file_is_read_as_it_grows_and_anew_when_it_was_replaced(shop: Shop) -> None:
    path = shop.folder / "pages.csv"
    path.write_text(HEADER + rows("a"))

    def add(text: str) -> None:
        with path.open("a") as file:
            file.write(text)

    def replace() -> None:
        path.rename(path.with_suffix(".old"))
        path.write_text(HEADER + rows("a", "c"))

    turns: Iterator[Callable[[], None]] = iter([lambda: add("2026-01-01T00:00:00Z,w,/b"), lambda: add(",1\n"), replace, lambda: None])

    def wait(seconds: float) -> None:
        turn = next(turns, None)
        if turn is None:
            raise KeyboardInterrupt
        turn()

    shop.run(follow=True, wait=wait)
    assert shop.urls == ["/a", "/b", "/a", "/c"]
    assert shop.run().skipped == 2


def test_refused_rows_are_counted_by_reason_and_kept_where_asked(shop: Shop) -> None:
    (shop.folder / "pages.csv").write_text(HEADER + rows("a") + "2026-01-01T00:00:00Z,w,/b,many\nshort,row\n,w,/d,1\n")
    tally = shop.run(refused=shop.folder / "refused.ndjson")
    assert shop.urls == ["/a"]
    assert tally.summary()["refused_by_reason"] == [
        {"reason": "column n: a string that does not fit its kind", "count": 1, "first_row": 2},
        {"reason": "another number of cells than the header", "count": 1, "first_row": 3},
        {"reason": "page.viewed: occurred_at: null", "count": 1, "first_row": 4},
    ]
    kept = [orjson.loads(line) for line in (shop.folder / "refused.ndjson").read_bytes().splitlines()]
    assert [entry["row"] for entry in kept] == [2, 3, 4]
    assert kept[0]["content"] == {"at": "2026-01-01T00:00:00Z", "who": "w", "url": "/b", "n": "many"}


def test_nothing_is_written_of_refused_rows_where_nobody_asked(shop: Shop) -> None:
    (shop.folder / "pages.csv").write_text(HEADER + "2026-01-01T00:00:00Z,w,/b,many\n")
    shop.run()
    assert sorted(path.name for path in shop.folder.iterdir()) == ["pages.csv", "state"]


def test_a_dry_run_sends_and_notes_nothing(tmp_path: Path) -> None:
    (tmp_path / "pages.csv").write_text(HEADER + rows("a", "b"))
    assert import_file(tmp_path / "pages.csv", PAGES, ImportOptions(), None).events.total() == 2
    assert [path.name for path in tmp_path.iterdir()] == ["pages.csv"]


def test_ready_events_need_no_mapping(shop: Shop) -> None:
    path = shop.folder / "events.ndjson"
    lines = [orjson.dumps(example("order.placed")), b"not json", b"[1]", b'{"event_type": "page.viewed"}', b""]
    path.write_bytes(b"\n".join(lines))
    tally = shop.run("events.ndjson", None)
    assert shop.ids == [example("order.placed")["event_id"]]
    assert list(tally.refusals) == ["no JSON", "JSON, but no object", "source: nothing"]


@pytest.mark.parametrize("suffix", ["csv.gz", "parquet", "ndjson"])
def test_the_same_rows_in_any_format_give_the_same_events(shop: Shop, suffix: str) -> None:
    path = shop.folder / f"pages.{suffix}"
    if suffix == "csv.gz":
        path.write_bytes(gzip.compress((HEADER + rows("a", "b")).encode()))
    else:
        table = [dict(zip(HEADER.strip().split(","), row.split(","), strict=True)) for row in rows("a", "b").splitlines()]
        if suffix == "ndjson":
            path.write_bytes(b"\n".join(orjson.dumps(row) for row in table))
        else:
            pyarrow = pytest.importorskip("pyarrow")
            import pyarrow.parquet as parquet

            parquet.write_table(pyarrow.Table.from_pylist(table), path)
    shop.run(path.name)
    assert shop.urls == ["/a", "/b"]


@pytest.mark.parametrize(
    ("name", "content", "mapping", "words"),
    [
        ("pages.csv", b"a\n1\n", None, "--mapping"),
        ("pages.txt", b"", PAGES, "does not tell its format"),
        ("pages.csv.gz", b"no gzip", PAGES, "cannot be read on"),
        ("pages.parquet", b"no parquet", PAGES, "no Parquet file"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(shop: Shop, name: str, content: bytes, mapping: Mapping | None, words: str) -> None:
    (shop.folder / name).write_bytes(content)
    with pytest.raises(InputUnreadable, match=words):
        shop.run(name, mapping)


def test_text_in_another_encoding_is_refused_or_read_by_the_second_one(shop: Shop) -> None:
    (shop.folder / "pages.csv").write_bytes((HEADER + rows("ä", "b")).encode("cp1252"))
    assert shop.run().refusals == {"a text in another encoding": 1}
    both = mapping_of({**PAGES.model_dump(), "csv": {"encoding": ["utf-8", "cp1252"]}})
    shop.run(mapping=both)
    assert shop.urls == ["/b", "/ä", "/b"]


def test_sorting_by_way_of_files_is_the_same_as_in_memory() -> None:
    table = [({"_row": number, "k": str(number % 7), "v": number}, None) for number in range(100)]
    group = BASKETS.group.model_copy(update={"by": ("k",), "sort": ("k",)}) if BASKETS.group else None
    assert group is not None
    in_memory = [row for row, _ in sorted_rows(iter(table), group)]
    by_files = [row for row, _ in sorted_rows(iter(table), group, in_memory=9)]
    assert by_files == in_memory
    groups = [row for row, _ in Grouped(group)(iter([(row, None) for row in in_memory]))]
    assert [len(row["rows"]) for row in groups if row] == [15, 15, 14, 14, 14, 14, 14]
