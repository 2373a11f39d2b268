"""What ClickHouse's error codes mean for the sink (pure). Codes are ClickHouse's own, from `src/Common/ErrorCodes.cpp`."""

from typing import Final

ROW_AT_FAULT: Final = frozenset(
    {
        6,  # CANNOT_PARSE_TEXT
        26,  # CANNOT_PARSE_QUOTED_STRING
        27,  # CANNOT_PARSE_INPUT_ASSERTION_FAILED
        33,  # CANNOT_READ_ALL_DATA
        38,  # CANNOT_PARSE_DATE
        41,  # CANNOT_PARSE_DATETIME
        44,  # ILLEGAL_COLUMN: the format's word for a value of another kind
        53,  # TYPE_MISMATCH
        69,  # ARGUMENT_OUT_OF_BOUND
        70,  # CANNOT_CONVERT_TYPE: accurateCast found a number that does not fit
        72,  # CANNOT_PARSE_NUMBER
        117,  # INCORRECT_DATA
        131,  # TOO_LARGE_STRING_SIZE
        321,  # VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
        349,  # CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
        376,  # CANNOT_PARSE_UUID
        407,  # DECIMAL_OVERFLOW
        469,  # VIOLATED_CONSTRAINT
    }
)
COME_AGAIN: Final = frozenset(
    {
        74,  # CANNOT_READ_FROM_FILE_DESCRIPTOR
        75,  # CANNOT_WRITE_TO_FILE_DESCRIPTOR
        76,  # CANNOT_OPEN_FILE
        159,  # TIMEOUT_EXCEEDED
        160,  # TOO_SLOW
        173,  # CANNOT_ALLOCATE_MEMORY
        202,  # TOO_MANY_SIMULTANEOUS_QUERIES
        203,  # NO_FREE_CONNECTION
        209,  # SOCKET_TIMEOUT
        210,  # NETWORK_ERROR
        225,  # NO_ZOOKEEPER
        236,  # ABORTED
        241,  # MEMORY_LIMIT_EXCEEDED
        242,  # TABLE_IS_READ_ONLY
        243,  # NOT_ENOUGH_SPACE
        252,  # TOO_MANY_PARTS
        279,  # ALL_CONNECTION_TRIES_FAILED
        285,  # TOO_FEW_LIVE_REPLICAS
        319,  # UNKNOWN_STATUS_OF_INSERT
        394,  # QUERY_WAS_CANCELLED
        425,  # SYSTEM_ERROR
        439,  # CANNOT_SCHEDULE_TASK
        999,  # KEEPER_EXCEPTION
    }
)
_NAMES: Final = "run `tracker migrate` if it was never run; `SELECT * FROM tracker.columns` lists every name"
_REMEDIES: Final = {
    16: _NAMES,  # NO_SUCH_COLUMN_IN_TABLE
    47: _NAMES,  # UNKNOWN_IDENTIFIER
    60: _NAMES,  # UNKNOWN_TABLE
    81: _NAMES,  # UNKNOWN_DATABASE
    62: "correct the SQL at the place that the message names",  # SYNTAX_ERROR
    192: "set TRACKER_CLICKHOUSE_USER and TRACKER_CLICKHOUSE_PASSWORD",  # UNKNOWN_USER
    193: "set TRACKER_CLICKHOUSE_USER and TRACKER_CLICKHOUSE_PASSWORD",  # WRONG_PASSWORD
    497: "give the user the right that the message names",  # ACCESS_DENIED
    516: "set TRACKER_CLICKHOUSE_USER and TRACKER_CLICKHOUSE_PASSWORD",  # AUTHENTICATION_FAILED
}


def remedy_of(code: int) -> str:
    return _REMEDIES.get(code, "see the server's message; `tracker logs clickhouse` has more")
