"""ClickHouse as a part of the local stack: its own server code out of the chdb-core wheel, in a process of its own."""
