-- METRICS.md 6, first_response_time (calendar clock, first public answer of a representative); axis: start (the ticket's opening).
CREATE OR REPLACE VIEW ${METRICS}.first_response
(
    `bucket` Date COMMENT 'day on which the tickets were opened, UTC',
    `channel` String COMMENT 'channel in which they were opened',
    `num` UInt64 COMMENT 'tickets answered within the target',
    `den` UInt64 COMMENT 'tickets of which it is known whether the target was met',
    `value` Nullable(Float64) COMMENT 'num / den, 0 to 1',
    `n` UInt64 COMMENT 'answered tickets, behind the times',
    `p50_s` Nullable(Float64) COMMENT 'median time to the first response, s',
    `p90_s` Nullable(Float64) COMMENT '90th percentile, s; show from 36 answered tickets on',
    `mean_s` Nullable(Float64) COMMENT 'mean, s',
    `waiting_n` UInt64 COMMENT 'tickets without a response'
)
AS SELECT
    toDate(assumeNotNull(ticket_opened_at)) AS bucket,
    channel,
    countIf(is_first_response_met) AS num,
    countIf(is_first_response_met IS NOT NULL) AS den,
    num / nullIf(den, 0) AS value,
    countIf(first_response_s >= 0) AS n,
    quantileExactIfOrNull(0.5)(first_response_s, first_response_s >= 0) AS p50_s,
    quantileExactIfOrNull(0.9)(first_response_s, first_response_s >= 0) AS p90_s,
    avgIfOrNull(first_response_s, first_response_s >= 0) AS mean_s,
    countIf(first_response_s IS NULL) AS waiting_n
FROM ${VIEWS}.tickets
WHERE ticket_opened_at IS NOT NULL
GROUP BY bucket, channel
COMMENT 'How long until a representative first answers a ticket, by day and channel';
