"""Why an archive cannot be written, trusted or sent back."""

from schemas.errors import Fatal


class ArchiveRefused(Fatal):
    """What was asked does not fit what is there; nothing was changed."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy=remedy)


class ArchiveDamaged(Fatal):
    """A file or the manifest is not what was written (file)."""

    file: str

    def __init__(
        self, message: str, *, file: str, remedy: str = "bring it back from a copy; see them all: tracker archive verify DIR"
    ) -> None:
        super().__init__(message, remedy=remedy, file=file)
