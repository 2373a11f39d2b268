-- METRICS.md 32 and 33, return_rate_orders and return_rate_value, by the month in which the order was placed.
-- Matured after rules.yaml targets.return_window_days.
-- An order that was wholly cancelled was never sold. A late return counts in the month of its order.
CREATE OR REPLACE VIEW ${METRICS}.return_rate
(
    `bucket` Date COMMENT 'first day of the month in which the orders were placed, UTC',
    `currency` String COMMENT 'ISO 4217; orders of different currencies are not summed',
    `measure` String COMMENT 'orders: orders with a returned piece / orders; value: refunded / sold, in `currency`',
    `num` Decimal(38, 4) COMMENT 'what came back',
    `den` Decimal(38, 4) COMMENT 'what was sold',
    `value` Nullable(Float64) COMMENT 'num / den, 0 to 1',
    `n` UInt64 COMMENT 'orders; show the rate from 30 on, compare from 100 on',
    `matured` Bool COMMENT 'true once $MATURED_AFTER days have passed since the end of the month, by the watermark'
)
AS WITH
    (SELECT at FROM ${VIEWS}.watermark) AS watermark
SELECT
    sold.bucket AS bucket,
    sold.currency AS currency,
    measures.1 AS measure,
    measures.2 AS num,
    measures.3 AS den,
    toFloat64(num) / nullIf(toFloat64(den), 0) AS value,
    sold.orders AS n,
    addMonths(sold.bucket, 1) + INTERVAL $MATURED_AFTER DAY <= toDate(watermark) AS matured
FROM
(
    SELECT
        toStartOfMonth(assumeNotNull(placed_at)) AS bucket,
        currency,
        count() AS orders,
        countIf(returned_units > 0) AS returned_orders,
        sum(refunded) AS refunded_total,
        sum(total - cancelled) AS sold_total
    FROM ${VIEWS}.orders
    WHERE placed_at IS NOT NULL AND NOT (cancelled > 0 AND cancelled >= total)
    GROUP BY bucket, currency
) AS sold
ARRAY JOIN [
    ('orders', toDecimal128(returned_orders, 4), toDecimal128(orders, 4)),
    ('value', toDecimal128(refunded_total, 4), toDecimal128(sold_total, 4))
] AS measures
COMMENT 'How much of what was sold comes back, by the month of the order';
