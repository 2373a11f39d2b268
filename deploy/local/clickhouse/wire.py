"""One question to ClickHouse over HTTP, with the standard library alone: health checks start no driver."""

from __future__ import annotations

import http.client
from contextlib import closing
from typing import Final

from deploy.settings import HOST

OK: Final = 200


class NoAnswer(Exception):
    """Nobody answered, or with an error; `str()` tells which."""


def ask(port: int, sql: str, timeout_s: float = 2.0) -> str:
    """The answer's text without its last line break (TabSeparated). Raises NoAnswer."""
    try:
        with closing(http.client.HTTPConnection(HOST, port, timeout=timeout_s)) as connection:
            connection.request("POST", "/", body=sql.encode())
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as trouble:
        raise NoAnswer(f"{HOST}:{port}: {trouble!r}") from trouble
    if answer.status != OK:
        raise NoAnswer(f"{HOST}:{port} refused: {text.strip()[:500]}")
    return text.rstrip("\n")


def is_ours(port: int, store: str, timeout_s: float = 2.0) -> bool:
    """True where the server at `port` keeps its files in `store` (absolute, without a slash at the end)."""
    try:
        return ask(port, "SELECT value FROM system.server_settings WHERE name = 'path'", timeout_s).rstrip("/") == store
    except NoAnswer:
        return False
