-- How far each source has come: a maximum, so repeated and replaced rows change nothing. A source whose clock runs ahead is held at the
-- time at which Kafka got its events. Tests and internal traffic move nothing. A withdrawn touchpoint happened all the same; its withdrawal
-- carries no environment and is passed over.
-- blocking: no. Statements may be repeated. Frozen once shipped: a change is a new file.

CREATE TABLE IF NOT EXISTS source_marks
(
    `source` LowCardinality(String) COMMENT 'the sending system',
    `reached_at` SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'its latest touchpoint, but not later than received, UTC, ms',
    `received_at` SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'when Kafka last got one of it, UTC, ms'
)
ENGINE = AggregatingMergeTree
ORDER BY source
COMMENT 'how far each source has come; read the view watermarks';

CREATE MATERIALIZED VIEW IF NOT EXISTS source_marks_from_touchpoints TO source_marks
AS SELECT
    source,
    max(least(occurred_at, touchpoints.received_at)) AS reached_at,
    max(touchpoints.received_at) AS received_at
FROM touchpoints
WHERE is_deleted = 0 AND environment = 'production'
GROUP BY source
COMMENT 'fills source_marks';
