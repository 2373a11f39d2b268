-- Rows that ClickHouse refused one by one, with the reason.
-- blocking: no. Statements may be repeated. Frozen once shipped: a change is a new file.

CREATE TABLE IF NOT EXISTS `rejected_rows`
(
    `table_name` LowCardinality(String) COMMENT 'table for which the row was meant',
    `topic` LowCardinality(String) COMMENT 'topic of the frame',
    `partition` UInt16 COMMENT 'partition of the frame',
    `offset` UInt64 COMMENT 'offset of the frame',
    `row_hash` UInt64 COMMENT 'hash of the row, tells several rows of a frame apart',
    `reason` String COMMENT 'what ClickHouse said',
    `row` String COMMENT 'the row as JSON, a list in column order; binary values in base64 (personal)',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (table_name, topic, partition, offset, row_hash)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'rows that ClickHouse refused, with the reason; their neighbours were stored';
