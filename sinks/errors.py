"""What can go wrong on the way into ClickHouse; the tree stands in `schemas.errors`.

Retryable
└── ServiceUnavailable    Kafka or ClickHouse does not answer, or asks to come back later
Fatal
├── CatalogueNewer        a frame was written by a worker that is newer than this sink (found, known)
├── FrameUnreadable       a message on `journeys` is no frame of this generation (topic, partition, offset)
├── RowsRefused           ClickHouse took none of a block because of a value in it (table)
├── TooManyRefused        so many rows of one block were refused that the sink itself must be wrong (table, count)
├── QueryRefused          ClickHouse answered with an error that repeating does not mend (code)
├── MigrationFailed       a statement of a migration failed (file, statement)
└── OwnershipLost         Kafka gave the partitions to another sink; raised and caught inside this package
"""

from schemas.errors import Fatal


class CatalogueNewer(Fatal):
    """`found` and `known` are versions of the catalogue, or names of a table and the catalogue."""

    def __init__(self, found: str, known: str) -> None:
        super().__init__(
            f"a frame speaks of {found}, this sink knows {known}",
            remedy="upgrade the sink to the version of the workers, migrate, start it again; nothing is lost meanwhile",
            found=found,
            known=known,
        )


class FrameUnreadable(Fatal):
    """Frames are our own, so this is a foreign writer or a bug; skipping one would lose rows."""

    def __init__(self, topic: str, partition: int, offset: int, reason: str) -> None:
        super().__init__(
            f"{topic} partition {partition} offset {offset} is no frame that this sink can use: {reason}",
            remedy="see who else writes to the topic; rows are rebuilt with `tracker rebuild`",
            topic=topic,
            partition=partition,
            offset=offset,
        )


class RowsRefused(Fatal):
    """Repeating the block is useless; a part of it may go in."""

    table: str

    def __init__(self, table: str, reason: str) -> None:
        super().__init__(reason, remedy=f"see rejected_rows for the rows of {table}", table=table)


class TooManyRefused(Fatal):
    def __init__(self, table: str, count: int, reason: str) -> None:
        super().__init__(
            f"ClickHouse refused more than {count} rows of one block for {table}: {reason}",
            remedy="compare `tracker migrate status` with the version of the sink; the rows are still in Kafka",
            table=table,
            count=count,
        )


class QueryRefused(Fatal):
    """`code` is ClickHouse's, 0 where it gave none."""

    code: int

    def __init__(self, message: str, *, code: int, remedy: str) -> None:
        super().__init__(message, remedy=remedy, code=code)


class MigrationFailed(Fatal):
    def __init__(self, message: str, *, remedy: str, file: str = "", statement: str = "") -> None:
        super().__init__(message, remedy=remedy, file=file, statement=statement)


class OwnershipLost(Fatal):
    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the partitions belong to another sink now: {reason}", remedy="none needed: its owner reads on from the last commit"
        )
