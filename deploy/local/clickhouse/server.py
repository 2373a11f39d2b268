"""The ClickHouse server itself: `python -m deploy.local.clickhouse.server`, started by `tracker up`.

chdb-core carries clickhouse-local, which can open ClickHouse's own listeners by SYSTEM START LISTEN. `chdb.connect` runs another
class that refuses that; the older entry `_chdb.query` still runs it. So one script that never ends keeps it open in a thread:

    SYSTEM START LISTEN HTTP; SELECT sleepEachRow(1) FROM system.numbers ... FORMAT Null

Nobody documents this entry for serving: chdb-core is pinned exactly, and a test starts it.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import importlib.machinery
import importlib.util
import os
import secrets
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, NoReturn, TextIO

from deploy.local.clickhouse.wire import NoAnswer, ask, is_ours
from deploy.local.prerequisites import find_clickhouse
from deploy.local.templates import render
from deploy.settings import HOST

RTLD_DEEPBIND: Final = 8
STOP_TIMEOUT_S: Final = 20.0
KEEPER: Final = (
    "SELECT sleepEachRow(1) FROM system.numbers SETTINGS max_block_size = 1, log_queries = 0, max_execution_time = 0 FORMAT Null"
)
END_KEEPER: Final = "KILL QUERY WHERE query_kind = 'Select' AND query_id != queryID() ASYNC"
Query = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Server:
    """`native_port` 0: only HTTP is opened. `folder` is absolute."""

    folder: Path
    http_port: int
    native_port: int
    max_memory_mib: int
    log_days: int
    log_file: Path

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def script(self) -> str:
        listen = ["SYSTEM START LISTEN HTTP", *(["SYSTEM START LISTEN TCP"] if self.native_port else [])]
        return "; ".join([*listen, KEEPER])


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    server = _parse(arguments)
    _write_files(server)
    lock = _lock(server.folder)
    query = _load_engine(find_clickhouse())
    os.chdir(server.folder)  # the engine reads ./config.xml and takes no options
    code = _serve(server, query)
    lock.close()
    sys.stdout.flush()
    os._exit(code)  # the engine's own exit handlers may hang


def _serve(server: Server, query: Query) -> int:
    """Runs until SIGTERM or SIGINT. 0 after a clean stop, 1 where the engine ended by itself (its text is on stderr)."""
    stop, ended = threading.Event(), threading.Event()
    _on_signals(stop)
    threading.Thread(target=_run_engine, args=(query, server, ended), daemon=True).start()
    while not (stop.is_set() or ended.is_set() or is_ours(server.http_port, str(server.store))):
        stop.wait(0.05)
    _on_signals(stop)  # the engine may have put its own
    if not ended.is_set():
        print(f"ready http={server.http_port} native={server.native_port or '-'} pid={os.getpid()}", flush=True)
    while not (stop.wait(0.5) or ended.is_set()):
        pass
    if not stop.is_set():
        print("the engine ended by itself", file=sys.stderr, flush=True)
        return 1
    _end_engine(server, ended)
    print("stopped", flush=True)
    return 0


def _run_engine(query: Query, server: Server, ended: threading.Event) -> None:
    try:
        query(server.script, "TabSeparated", path=str(server.store))
    except Exception as trouble:  # whatever the engine raises must end the process, not only this thread
        print(f"engine: {trouble}", file=sys.stderr, flush=True)
    finally:
        ended.set()


def _end_engine(server: Server, ended: threading.Event) -> None:
    """Ends the keeper's query; the engine then closes its listeners, flushes, and shuts its tables down."""
    print("stopping: the engine's script is cancelled", flush=True)
    for statement in ("SYSTEM FLUSH LOGS", END_KEEPER):
        try:
            ask(server.http_port, statement, STOP_TIMEOUT_S)
        except NoAnswer as trouble:
            print(f"stop: {trouble}", file=sys.stderr, flush=True)
    ended.wait(STOP_TIMEOUT_S)


def _on_signals(stop: threading.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def _lock(folder: Path) -> TextIO:
    """Held by the kernel until the process is gone, however it ends."""
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"{folder} is in use by another ClickHouse")
    return lock


def _write_files(server: Server) -> None:
    """`metadata` must be there before the first start, else DROP .. SYNC may hang; system.sql makes the logs outlive a restart."""
    (server.store / "metadata").mkdir(parents=True, exist_ok=True)
    system = server.store / "metadata" / "system.sql"
    if not system.exists():
        system.write_text(f"ATTACH DATABASE _ UUID '{uuid.UUID(bytes=secrets.token_bytes(16), version=4)}'\nENGINE = Atomic\n")
    values = {**asdict(server), "host": HOST, "max_memory_bytes": server.max_memory_mib << 20}
    for name in ("config.xml", "users.xml"):
        (server.folder / name).write_text(render("deploy.local.clickhouse", f"{name}.j2", values))


def _load_engine(home: Path) -> Query:
    """chdb's extension without chdb/__init__.py, which starts and stops an engine in memory: after that the server logs nothing
    and Kafka tables fail with `Shutdown was called`."""
    library, before = home / "_chdb.abi3.so", Path.cwd()
    os.chdir(home)  # as chdb/__init__.py does
    ctypes.CDLL(str(library), mode=sys.getdlopenflags() | RTLD_DEEPBIND)
    loader = importlib.machinery.ExtensionFileLoader("_chdb", str(library))
    spec = importlib.util.spec_from_file_location("_chdb", library, loader=loader)
    assert spec is not None  # a loader was given
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    os.chdir(before)
    query: Query = module.query
    return query


def _parse(arguments: Sequence[str] | None) -> Server:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.clickhouse.server", description="ClickHouse's own server from chdb-core.")
    parser.add_argument("--folder", type=Path, required=True, help="where its files are kept")
    parser.add_argument("--http-port", type=int, default=8123)
    parser.add_argument("--native-port", type=int, default=0, help="0: no native listener")
    parser.add_argument("--max-memory-mib", type=int, default=2048, help="for all queries and caches, MiB")
    parser.add_argument("--log-days", type=int, default=7, help="days for which the system logs are kept")
    parser.add_argument("--log-file", type=Path, required=True, help="the engine's own log")
    given = vars(parser.parse_args(arguments))
    return Server(**given | {"folder": given["folder"].absolute(), "log_file": given["log_file"].absolute()})


if __name__ == "__main__":
    main()
