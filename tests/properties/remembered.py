"""Who was who at any epoch, told from the rows of the history alone, as SQL does."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from schemas.facts import Customer
from schemas.links import LinkEntry, Token
from streams.core.identity.policy import solo
from streams.core.identity.who import Who

Rows = Mapping[tuple[Any, ...], tuple[int, Any]]


class Remembered:
    """`rows` by table and key: (version, row)."""

    def __init__(self, rows: Rows) -> None:
        self.history: dict[str, list[tuple[int, Customer, str]]] = defaultdict(list)
        self.logins: dict[str, list[tuple[int, bytes, str, int]]] = defaultdict(list)
        for (table, _), (_, row) in rows.items():
            if table == "identity_history":
                self.history[row[1]].append((row[2], row[3], row[4]))
            elif table == "identity_logins":
                self.logins[row[1]].append((row[2], row[3], row[4], row[6]))

    def state(self, token: Token, epoch: int) -> tuple[Customer, bool]:
        """The customer, and whether the identity alone tells it."""
        known = [entry for entry in self.history[token.hex()] if entry[0] <= epoch]
        if not known:
            return solo(token), token[0] < 64
        _, customer, rule = max(known)
        return customer, rule in ("own", "linked", "number")

    def holder(self, token: Token, at: int, epoch: int) -> Customer:
        """Who was logged in; empty if nobody."""
        known = [login[:3] for login in self.logins[token.hex()] if login[0] <= at and login[3] <= epoch]
        account = max(known)[2] if known else ""
        customer, tells = self.state(bytes.fromhex(account), epoch) if account else (b"", False)
        return customer if tells else b""

    def agrees(self, who: Who, entries: Iterable[LinkEntry], last: int) -> bool:
        """Over every identity of these links, at every epoch."""
        entries = list(entries)
        tokens = {token for e in entries for token in (e.a, e.b) if token}
        moments = {e.at for e in entries if e.what in ("login", "logout")}
        return all(
            self._alike(who, token, epoch) and all(self._held_alike(who, token, at, epoch) for at in moments)
            for token in tokens
            for epoch in range(last + 1)
        )

    def _alike(self, who: Who, token: Token, epoch: int) -> bool:
        found = who.found_by(token, epoch) if token[0] in who.policy.numbers else who.owner_of(token, epoch)
        return self.state(token, epoch) == (found or solo(token), bool(found))

    def _held_alike(self, who: Who, token: Token, at: int, epoch: int) -> bool:
        """Asked of shared devices only."""
        if token[0] not in who.policy.ownable or self.state(token, epoch)[1]:
            return True
        return self.holder(token, at, epoch) == who.holder(token, at, epoch)
