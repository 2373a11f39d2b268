-- What the demo and a first look ask for, one row or a few; the metrics beside them have the axes and the definitions.
CREATE OR REPLACE VIEW ${VIEWS}.paths
(
    `path` Array(String) COMMENT 'channels of the customer''s acts, repeats collapsed',
    `journeys` UInt64 COMMENT 'journeys on this path',
    `conversions` UInt64 COMMENT 'of these, journeys with an order',
    `conversion_rate` Nullable(Float64) COMMENT 'conversions / journeys, 0 to 1',
    `share` Nullable(Float64) COMMENT 'share of all journeys, 0 to 1'
)
AS SELECT path, den AS journeys, num AS conversions, value AS conversion_rate, share FROM ${METRICS}.paths
COMMENT 'Paths of journeys and how often they end in an order; see metrics.paths';

CREATE OR REPLACE VIEW ${VIEWS}.conversion_by_first_channel
(
    `first_channel` String COMMENT 'channel of the first touch',
    `journeys` UInt64 COMMENT 'journeys that began there',
    `conversions` UInt64 COMMENT 'of these, journeys with an order',
    `conversion_rate` Nullable(Float64) COMMENT 'conversions / journeys, 0 to 1'
)
AS SELECT first_channel, den AS journeys, num AS conversions, value AS conversion_rate FROM ${METRICS}.conversion_by_first_channel
COMMENT 'Conversion by the channel in which a journey began; see metrics.conversion_by_first_channel';

CREATE OR REPLACE VIEW ${VIEWS}.return_rate
(
    `month` Date COMMENT 'month in which the orders were placed, UTC',
    `currency` String COMMENT 'ISO 4217',
    `orders` UInt64 COMMENT 'orders sold',
    `orders_returned` UInt64 COMMENT 'of these, orders with a returned piece',
    `order_rate` Nullable(Float64) COMMENT 'orders_returned / orders, 0 to 1',
    `sold` Decimal(38, 4) COMMENT 'total less cancelled, in `currency`',
    `refunded` Decimal(38, 4) COMMENT 'refunded, in `currency`',
    `value_rate` Nullable(Float64) COMMENT 'refunded / sold, 0 to 1',
    `matured` Bool COMMENT 'true once $MATURED_AFTER days have passed since the end of the month'
)
AS SELECT
    bucket AS month,
    currency,
    any(n) AS orders,
    toUInt64(sumIf(num, measure = 'orders')) AS orders_returned,
    anyIf(value, measure = 'orders') AS order_rate,
    sumIf(den, measure = 'value') AS sold,
    sumIf(num, measure = 'value') AS refunded,
    anyIf(value, measure = 'value') AS value_rate,
    any(matured) AS matured
FROM ${METRICS}.return_rate
GROUP BY month, currency
COMMENT 'Returns by the month of the order; see metrics.return_rate';

CREATE OR REPLACE VIEW ${VIEWS}.first_response
(
    `tickets` UInt64 COMMENT 'tickets opened',
    `n` UInt64 COMMENT 'of these, answered by a representative',
    `p50_s` Nullable(Float64) COMMENT 'median time to the first response, s',
    `p90_s` Nullable(Float64) COMMENT '90th percentile, s',
    `within_target` UInt64 COMMENT 'answered within the target',
    `within_target_share` Nullable(Float64) COMMENT 'of the tickets of which it is known, 0 to 1',
    `waiting_n` UInt64 COMMENT 'tickets without a response'
)
AS SELECT
    count() AS tickets,
    countIf(first_response_s >= 0) AS n,
    quantileExactIfOrNull(0.5)(first_response_s, first_response_s >= 0) AS p50_s,
    quantileExactIfOrNull(0.9)(first_response_s, first_response_s >= 0) AS p90_s,
    countIf(is_first_response_met) AS within_target,
    within_target / nullIf(countIf(is_first_response_met IS NOT NULL), 0) AS within_target_share,
    countIf(first_response_s IS NULL) AS waiting_n
FROM ${VIEWS}.tickets
WHERE ticket_opened_at IS NOT NULL
COMMENT 'First response over all tickets; see metrics.first_response';
