-- Touchpoints received until a moment, each with the customer to whom it belonged as we knew it then: figures of last month come out the
-- same after this month's merges. The rule is that of streams/core/identity/who.py: the first identity that tells a customer; else whoever
-- was logged in on a shared device; else the strongest identity as a customer of its own. Judged anew are only those that show an identity
-- of which anything was learnt since then, or a shared device; the others belong to whom they belong now.
CREATE OR REPLACE VIEW ${VIEWS}.touchpoints_as_known AS
WITH
    (SELECT maxOrNull(epoch) FROM ${VIEWS}.identity_epochs WHERE known_at <= {known_at:DateTime64(3, 'UTC')}) AS upto,
    state AS
    (
        SELECT token, argMax(customer_id, known_from) AS customer_id, argMax(rule, known_from) AS rule
        FROM ${VIEWS}.identity_history
        WHERE known_from <= upto
        GROUP BY token
    ),
    alone AS (SELECT token, any(alone_id) AS alone_id FROM ${VIEWS}.identities GROUP BY token),
    logins AS
    (
        SELECT token, at, argMax(account_token, (evidence, account_token)) AS account_token
        FROM ${VIEWS}.identity_logins
        WHERE known_from <= upto
        GROUP BY token, at
    ),
    holders AS
    (
        SELECT
            l.token AS token, l.at AS at, l.account_token != '' AND s.rule != 'shared' AS is_held,
            if(s.token = '', a.alone_id, s.customer_id) AS customer_id
        FROM logins AS l
        LEFT JOIN state AS s ON s.token = l.account_token
        LEFT JOIN alone AS a ON a.token = l.account_token
    ),
    doubtful AS
    (
        SELECT token FROM ${VIEWS}.identity_history WHERE ifNull(known_from > upto, true)
        UNION DISTINCT
        SELECT token FROM ${VIEWS}.identity_logins
    ),
    shown AS
    (
        SELECT event_id, occurred_at, place, token, kind
        FROM ${VIEWS}.touchpoints
        ARRAY JOIN identity_tokens AS token, identity_kinds AS kind, arrayEnumerate(identity_tokens) AS place
        WHERE received_at <= {known_at:DateTime64(3, 'UTC')}
            AND event_id IN (SELECT event_id FROM (SELECT event_id, arrayJoin(identity_tokens) AS one FROM ${VIEWS}.touchpoints) WHERE one IN (SELECT token FROM doubtful))
    ),
    judged AS
    (
        SELECT
            w.event_id AS event_id, w.occurred_at AS occurred_at, w.place AS place, w.token AS token, a.alone_id AS alone_id,
            if(s.token != '', s.rule IN ('own', 'linked', 'number'), w.kind NOT IN ('order', 'subscription', 'shipment', 'return', 'ticket', 'call')) AS tells,
            if(s.token != '', s.customer_id, a.alone_id) AS customer_id
        FROM shown AS w
        LEFT JOIN state AS s ON s.token = w.token
        LEFT JOIN alone AS a ON a.token = w.token
    ),
    owners AS
    (
        SELECT
            j.event_id AS event_id, j.occurred_at AS occurred_at,
            multiIf(
                countIf(j.tells) > 0, argMinIf(j.customer_id, j.place, j.tells),
                countIf(h.is_held) > 0, argMinIf(h.customer_id, j.place, h.is_held),
                argMin(j.alone_id, j.place)
            ) AS customer_id,
            true AS is_judged
        FROM judged AS j
        ASOF LEFT JOIN holders AS h ON h.token = j.token AND h.at <= j.occurred_at
        GROUP BY event_id, occurred_at
    )
SELECT if(o.is_judged, o.customer_id, t.customer_id) AS customer_id, t.customer_id AS now_customer_id, t.* EXCEPT customer_id
FROM ${VIEWS}.touchpoints AS t
LEFT JOIN owners AS o ON o.event_id = t.event_id AND o.occurred_at = t.occurred_at
WHERE t.received_at <= {known_at:DateTime64(3, 'UTC')}
SETTINGS join_use_nulls = 0
COMMENT 'touchpoints received until known_at, with the customer as known then; now_customer_id is the customer of today';
