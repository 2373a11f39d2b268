"""What can go wrong with the local stack; each says what to do about it."""

from __future__ import annotations

from schemas.errors import Fatal


class StackError(Fatal):
    """A part of the local stack cannot be started, stopped or reached; the remedy is never left out."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy=remedy)


class MissingProgram(StackError):
    """Java, Maven or the ClickHouse engine is not there, or too old."""


class PortTaken(StackError):
    """Somebody else listens on a port that a part needs."""


class DiskFull(StackError):
    """Too little free space to start on."""


class PartFailed(StackError):
    """A part died, did not become ready in time, or could not be fetched."""
