-- METRICS.md 39, conversion_rate_by_stage, from first touch to order; unit: journey; axis: cohort (the journey's start).
CREATE OR REPLACE VIEW ${METRICS}.conversion_by_first_channel
(
    `first_channel` String COMMENT 'channel of the first touch of the journey',
    `num` UInt64 COMMENT 'journeys with at least one order',
    `den` UInt64 COMMENT 'journeys that began in this channel',
    `value` Nullable(Float64) COMMENT 'num / den, 0 to 1',
    `n` UInt64 COMMENT 'journeys; show the rate from 30 on, compare from 100 on',
    `open_n` UInt64 COMMENT 'journeys that are still open and may convert yet'
)
AS SELECT
    first_channel,
    countIf(order_count > 0) AS num,
    count() AS den,
    num / nullIf(den, 0) AS value,
    den AS n,
    countIf(is_open) AS open_n
FROM ${VIEWS}.journeys
GROUP BY first_channel
COMMENT 'Share of journeys with an order, by the channel in which they began';
