"""Dictionaries in ClickHouse for quick look-up (pure): made anew whenever the views are published."""

from schemas.connections import ClickHouseConnection
from sinks.ddl import text

RELOAD_S = (60, 120)
"""Least and most seconds until ClickHouse looks whether anything changed; it reads all anew only then."""


def identity_owner(connection: ClickHouseConnection) -> str:
    """`dictGet('tracker.identity_owner', 'customer_id', ('email', 'jo@example.org'), ms)`: the customer at a moment, zero where nobody.

    It is loaded at its first use. Identities that tell nothing alone are in it only while somebody is logged in.
    """
    views = connection.database
    owners = (
        "SELECT kind, value, toUnixTimestamp64Milli(if(rule = 'login', valid_from, toDateTime64(0, 3, 'UTC'))) AS valid_from_ms, "
        "ifNull(toUnixTimestamp64Milli(valid_to) - 1, 9223372036854775807) AS valid_to_ms, customer_id "
        f"FROM `{views}`.identity_periods WHERE known_to IS NULL AND rule NOT IN ('shared', 'nobody') AND value != ''"
    )
    changed = f"SELECT max(ingested_at) FROM `{views}`.identity_history"
    login = f"USER {text(connection.user)} PASSWORD {text(connection.password.get_secret_value())}"
    least, most = RELOAD_S
    return (
        f"CREATE OR REPLACE DICTIONARY `{views}`.identity_owner\n"
        "(`kind` String, `value` String, `valid_from_ms` Int64, `valid_to_ms` Int64, `customer_id` UUID)\n"
        "PRIMARY KEY kind, value\n"
        f"SOURCE(CLICKHOUSE({login} QUERY {text(owners)} INVALIDATE_QUERY {text(changed)}))\n"
        f"LIFETIME(MIN {least} MAX {most}) LAYOUT(COMPLEX_KEY_RANGE_HASHED()) RANGE(MIN valid_from_ms MAX valid_to_ms)\n"
        "COMMENT 'customer of an identity at a moment as known now: dictGet(identity_owner, customer_id, (kind, value), ms UTC)'"
    )
