"""Mends what the accounts found wrong, with means that may be repeated and can lose to nobody.

Rows come from `journeys` once more: their versions are offsets, so the newest wins however often and in whatever order they are stored.
What journeys does not have is said again by the worker that has the partition of raw: its store alone knows what was accepted before,
and it alone may write there. This command asks for it on the ledger, where the next owner finds the request too.
"""

import time
from collections.abc import Callable, Iterable

from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.accounting.accounts import Accounts
from deploy.accounting.faults import Fault, Finding
from deploy.accounting.log import Log
from schemas.connections import KafkaConnection
from schemas.ledger import RepairDone, RepairRequest, decode_ledger, encode_ledger
from sinks.batch import Batch, Block, FlushPolicy, Place
from sinks.clickhouse import ClickHouse, ClickHouseStore, tables_database
from sinks.rejects import insert_block
from sinks.rows import project, unseal
from streams.clock import SYSTEM_CLOCK, Clock

OF_ROWS = {Fault.MISSING, Fault.DOUBLED, Fault.STRAY, Fault.LETTER, Fault.LEDGER_ROW}
SAID_AGAIN = {*OF_ROWS, Fault.GAP, Fault.KEY}
INSERT_TIMEOUT_S, LOOK_EVERY_S = 120, 0.5
SHORTLY_S = 2.0
"""The rows are stored when the insert returns: nothing is to be waited for."""
Notify = Callable[[str], None]


def mend(accounts: Accounts, found: list[Finding], timeout_s: float, notify: Notify) -> list[Finding]:
    """What it tried to mend; another look tells what of it is whole now."""
    tried = [each for each in found if each.fault in SAID_AGAIN]
    left = tried
    if any(each.fault in OF_ROWS for each in tried):
        notify("inserting the rows of journeys again")
        notify(f"{insert_again(accounts):,} rows inserted again")
        partitions = sorted({each.partition for each in tried})
        left = [each for each in accounts.make(partitions, 0, SHORTLY_S).findings if each.fault in SAID_AGAIN]
    if left:
        say_again(accounts, left, timeout_s, notify)
    return tried


def insert_again(accounts: Accounts, clock: Clock = SYSTEM_CLOCK) -> int:
    """All that journeys still has, in batches of the sink's own size; returns the number of rows."""
    door = ClickHouse(accounts.clickhouse, timeout_s=INSERT_TIMEOUT_S)
    store = ClickHouseStore(door, tables_database(accounts.clickhouse, accounts.generation))
    log, topic, mark = Log(accounts.kafka), accounts.topics.journeys, clock.now().isoformat()
    policy, rows = FlushPolicy(), 0
    try:
        for partition in log.partitions(topic):
            batch = Batch()
            for records in log.read(topic, partition, *log.bounds(topic, partition)):
                for record in records:
                    batch.add(Place(topic, partition, record.offset), project(unseal(record.value)), len(record.value), 0.0)
                    if batch.is_full(policy):
                        rows, batch = rows + _insert(store, batch, mark), Batch()
            rows += _insert(store, batch, mark)
    finally:
        log.close()
        door.close()
    return rows


def _insert(store: ClickHouseStore, batch: Batch, mark: str) -> int:
    """With tokens of this run: ClickHouse leaves out a block whose token it has seen."""
    for table, entries, token in batch.blocks():
        insert_block(store, Block(table, entries, f"{token}/{mark}"))
    return batch.rows


def say_again(accounts: Accounts, findings: Iterable[Finding], timeout_s: float, notify: Notify) -> None:
    """Asks for each range once, and waits for the answers."""
    asked = {RepairRequest(raw_partition=f.partition, first=f.first, last=f.last) for f in findings}
    log = Log(accounts.kafka)
    try:
        ledger = accounts.topics.ledger
        count = len(log.partitions(ledger))
        ends = {p: log.bounds(ledger, p)[1] for p in {request.raw_partition % count for request in asked}}
        _send(accounts.kafka, ledger, asked, count)
        if not workers(accounts.kafka, accounts.generation):
            notify("no worker runs that could read raw again: start one (`tracker worker`), it finds the requests")
            return
        notify(f"asked the workers to say {len(asked)} ranges of raw again")
        _await(log, ledger, ends, asked, timeout_s)
    finally:
        log.close()
    if asked:
        notify(f"{len(asked)} ranges were not said again within {timeout_s:g} s; the requests stay")


def _send(kafka: KafkaConnection, ledger: str, asked: Iterable[RepairRequest], count: int) -> None:
    producer = KafkaProducer(**kafka.client_options(), acks="all", metrics_enabled=False)
    try:
        for request in asked:
            producer.send(ledger, encode_ledger(request), partition=request.raw_partition % count)
        producer.flush(timeout=30)
    finally:
        producer.close()


def _await(log: Log, ledger: str, ends: dict[int, int], asked: set[RepairRequest], timeout_s: float, clock: Clock = SYSTEM_CLOCK) -> None:
    """Takes out of `asked` what was answered."""
    until = clock.monotonic() + timeout_s
    while asked and clock.monotonic() < until:
        for partition, position in list(ends.items()):
            end = max(position, log.bounds(ledger, partition)[1])
            for batch in log.read(ledger, partition, position, end):
                for record in batch:
                    told = decode_ledger(record.value)
                    if isinstance(told, RepairDone):
                        asked.discard(RepairRequest(raw_partition=told.raw_partition, first=told.first, last=told.last))
            ends[partition] = end
        time.sleep(LOOK_EVERY_S)


def workers(kafka: KafkaConnection, generation: int) -> int:
    """Workers that have partitions now, as the broker knows."""
    group = f"tracker-worker.g{generation}"
    admin = KafkaAdminClient(**kafka.client_options())
    try:
        return sum(bool(member["member_assignment"]) for member in admin.describe_groups([group])[group]["members"])
    except KafkaError:
        return 0
    finally:
        admin.close()
