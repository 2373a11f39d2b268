"""What can be wrong with an import, beside an invalid event."""

from schemas.errors import Fatal


class MappingInvalid(Fatal):
    """The mapping file cannot be used; `field` is the dotted path in it."""

    field: str

    def __init__(self, field: str, message: str, remedy: str) -> None:
        super().__init__(f"mapping: {field}: {message}" if field else f"mapping: {message}", remedy=remedy, field=field)


class InputUnreadable(Fatal):
    """The file itself cannot be read on; `path` is as given."""

    path: str

    def __init__(self, path: str, message: str, remedy: str) -> None:
        super().__init__(f"{path}: {message}", remedy=remedy, path=path)


class RowRefused(Exception):
    """One row (or group of rows) gives no event. `reason` is the same for every row with this fault and names no value.

    row: its number in the file, 0 where not known yet.
    """

    def __init__(self, reason: str, remedy: str = "", event_type: str = "", row: int = 0) -> None:
        super().__init__(reason)
        self.row = row
        self.reason = reason
        self.remedy = remedy
        self.event_type = event_type
