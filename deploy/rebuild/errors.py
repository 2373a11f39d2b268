"""Why a rebuild cannot go on; the live generation is untouched in every case."""

from schemas.errors import Fatal


class RebuildRefused(Fatal):
    """What was asked would do harm, or makes no sense; nothing was changed."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy=remedy)


class RebuildStuck(Fatal):
    """It does not come on; what is built stays, and the same command goes on from there."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy=remedy)
