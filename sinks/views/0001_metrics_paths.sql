-- METRICS.md 42, path_frequency: journeys by the collapsed path of the customer's acts.
CREATE OR REPLACE VIEW ${METRICS}.paths
(
    `path` Array(String) COMMENT 'channels of the customer''s acts, repeats collapsed; first 20 and last 20 steps',
    `num` UInt64 COMMENT 'journeys on this path with at least one order',
    `den` UInt64 COMMENT 'journeys on this path',
    `value` Nullable(Float64) COMMENT 'num / den, 0 to 1',
    `n` UInt64 COMMENT 'journeys on this path; show from 10 on',
    `share` Nullable(Float64) COMMENT 'share of all journeys that have a path, 0 to 1'
)
AS SELECT
    path,
    countIf(order_count > 0) AS num,
    count() AS den,
    num / nullIf(den, 0) AS value,
    den AS n,
    den / nullIf(sum(den) OVER (), 0) AS share
FROM ${VIEWS}.journeys
WHERE notEmpty(path)
GROUP BY path
COMMENT 'How often each path is taken and how often it ends in an order; unit: journey';
