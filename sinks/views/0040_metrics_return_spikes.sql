-- rules.yaml alerts.return_spike: products that come back far more often than before. A question about all customers, so it is asked here.
-- A return counts on the day it was asked for; the baseline is the mean of the eight windows before. Order numbers are taken as unique over sources.
CREATE OR REPLACE VIEW ${METRICS}.return_spikes
(
    `product_id` String COMMENT 'product as in the order''s line',
    `since` DateTime64(3, 'UTC') COMMENT 'begin of the window, UTC; it ends at the watermark',
    `num` UInt64 COMMENT 'returned order lines in the window',
    `baseline` Float64 COMMENT 'mean of the eight windows before',
    `value` Nullable(Float64) COMMENT 'num / baseline; null where it never came back before',
    `reasons` Array(String) COMMENT 'the most frequent reasons in the window, at most three',
    `orders` UInt64 COMMENT 'orders in the window that it came back from'
)
AS WITH
    (SELECT at FROM ${VIEWS}.watermark) AS until,
    until - toIntervalDay($DAYS) AS begin
SELECT
    sold.product_id AS product_id,
    assumeNotNull(begin) AS since,
    countIf(back.at > begin) AS num,
    countIf(back.at <= begin) / 8 AS baseline,
    num / nullIf(baseline, 0) AS value,
    topKIf(3)(back.reason, back.at > begin AND back.reason != '') AS reasons,
    uniqExactIf(back.order_id, back.at > begin) AS orders
FROM
(
    SELECT
        order_id,
        JSONExtractString(line, 'line_id') AS line_id,
        JSONExtractString(line, 'reason') AS reason,
        min(occurred_at) AS at
    FROM ${VIEWS}.touchpoints
    ARRAY JOIN JSONExtractArrayRaw(payload, 'lines') AS line
    WHERE event_type = 'return.requested' AND environment = 'production' AND NOT is_bot
        AND occurred_at <= until AND occurred_at > until - toIntervalDay(9 * $DAYS)
    GROUP BY order_id, line_id, reason
) AS back
INNER JOIN
(
    SELECT order_id, JSONExtractString(line, 'line_id') AS line_id, argMax(JSONExtractString(line, 'product_id'), occurred_at) AS product_id
    FROM ${VIEWS}.touchpoints
    ARRAY JOIN JSONExtractArrayRaw(payload, 'lines') AS line
    WHERE event_type IN ('order.placed', 'order.changed') AND environment = 'production'
    GROUP BY order_id, line_id
) AS sold USING (order_id, line_id)
GROUP BY product_id
HAVING num >= $LEAST AND num >= $TIMES * baseline
COMMENT 'Products that come back far more often than before, as of the watermark (alert return_spike)';
