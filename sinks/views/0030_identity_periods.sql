-- Whose an identity was and is: over event time (valid) and over what was known (known). One row for each.
CREATE OR REPLACE VIEW ${VIEWS}.identity_periods
(
    `customer_id` UUID COMMENT 'whose it was in this period; of an identity that tells nothing, the customer that it is alone',
    `kind` LowCardinality(String) COMMENT 'kind of the identity',
    `value` String COMMENT 'the identity as observed, normalised; empty for numbers of things (personal)',
    `token` String COMMENT 'keyed token of the identity',
    `rule` LowCardinality(String) COMMENT 'why: own, linked, number; login on a shared device; shared or nobody where it alone tells nothing',
    `evidence` UUID COMMENT 'event by which we knew; of a login the login',
    `valid_from` DateTime64(3, 'UTC') COMMENT 'first touchpoint that shows the identity, of a login the login, UTC',
    `valid_to` Nullable(DateTime64(3, 'UTC')) COMMENT 'of a login the next login or logout, UTC; null while it lasts',
    `known_from` UInt64 COMMENT 'epoch from which we knew; 0 where nothing had been learnt yet',
    `known_to` Nullable(UInt64) COMMENT 'epoch from which we knew otherwise; null while it holds',
    `known_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'time of known_from by Kafka''s clock, UTC; null with epoch 0',
    `known_until` Nullable(DateTime64(3, 'UTC')) COMMENT 'time of known_to, UTC; null while it holds'
)
AS WITH
    shown AS
    (
        SELECT kind, token, max(value) AS clear, any(alone_id) AS alone_id, min(valid_from) AS first_at, argMin(evidence, valid_from) AS first_event
        FROM ${VIEWS}.identities
        GROUP BY kind, token
    ),
    latest AS
    (
        SELECT token, argMax(customer_id, known_from) AS customer_id, argMax(rule, known_from) AS rule
        FROM ${VIEWS}.identity_history
        GROUP BY token
    ),
    beginning AS
    (
        SELECT token, min(known_from) AS first_epoch, min(known_at) AS first_known_at, argMin(evidence, known_from) AS first_evidence
        FROM ${VIEWS}.identity_history
        GROUP BY token
    ),
    moves AS
    (
        SELECT
            kind, token, customer_id, rule, evidence, known_from, known_at,
            leadInFrame(toNullable(known_from)) OVER onwards AS known_to,
            leadInFrame(toNullable(known_at)) OVER onwards AS known_until
        FROM ${VIEWS}.identity_history
        WINDOW onwards AS (PARTITION BY kind, token ORDER BY known_from ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ),
    logins AS
    (
        SELECT
            kind, token, at, evidence, account_token, known_from,
            leadInFrame(toNullable(at)) OVER onwards AS next_at
        FROM ${VIEWS}.identity_logins
        WINDOW onwards AS
            (PARTITION BY kind, token ORDER BY at, evidence, account_token ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    )
SELECT
    s.alone_id AS customer_id, s.kind AS kind, s.clear AS value, s.token AS token,
    if(s.kind IN ('order', 'subscription', 'shipment', 'return', 'ticket', 'call'), 'nobody', 'own') AS rule,
    s.first_event AS evidence, s.first_at AS valid_from, CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS valid_to,
    toUInt64(0) AS known_from, if(b.token = '', NULL, b.first_epoch) AS known_to,
    CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS known_at, if(b.token = '', NULL, b.first_known_at) AS known_until
FROM shown AS s
LEFT JOIN beginning AS b ON b.token = s.token
WHERE b.token = '' OR b.first_evidence != s.first_event
UNION ALL
SELECT
    m.customer_id, m.kind, s.clear, m.token, m.rule, m.evidence, if(s.token = '', m.known_at, s.first_at), NULL,
    m.known_from, m.known_to, m.known_at, m.known_until
FROM moves AS m
LEFT JOIN shown AS s ON s.token = m.token
UNION ALL
SELECT
    if(a.token = '', o.alone_id, a.customer_id), l.kind, s.clear, l.token, 'login', l.evidence, l.at, l.next_at,
    l.known_from, NULL, e.known_at, NULL
FROM logins AS l
INNER JOIN latest AS d ON d.token = l.token AND d.rule = 'shared'
LEFT JOIN latest AS a ON a.token = l.account_token
LEFT JOIN shown AS o ON o.token = l.account_token
LEFT JOIN shown AS s ON s.token = l.token
LEFT JOIN ${VIEWS}.identity_epochs AS e ON e.epoch = l.known_from
WHERE l.account_token != '' AND (l.next_at IS NULL OR l.next_at > l.at) AND a.rule != 'shared'
SETTINGS join_use_nulls = 0
COMMENT 'whose an identity was and is, over event time and over what was known';
