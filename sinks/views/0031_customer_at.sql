-- The customer of one identity, asked with parameters: customer_at(kind = 'email', identity = 'jo@example.org', at = ...). `identity` is the
-- value as in identities.value, or the token. One row; none where no touchpoint shows it. Epochs and rules as in identity_history.
CREATE OR REPLACE VIEW ${VIEWS}.customer_as_known AS
WITH
    (SELECT maxOrNull(epoch) FROM ${VIEWS}.identity_epochs WHERE known_at <= {known_at:DateTime64(3, 'UTC')}) AS upto,
    (
        SELECT (any(token), any(alone_id))
        FROM ${VIEWS}.identities
        WHERE kind = {kind:String} AND {identity:String} IN (value, token)
    ) AS asked,
    (
        SELECT argMax((customer_id, toString(rule), evidence), known_from)
        FROM ${VIEWS}.identity_history
        WHERE kind = {kind:String} AND token = asked.1 AND known_from <= upto
    ) AS state,
    (
        SELECT argMax((account_token, evidence, toString(account_kind)), (at, evidence, account_token))
        FROM ${VIEWS}.identity_logins
        WHERE kind = {kind:String} AND token = asked.1 AND at <= {at:DateTime64(3, 'UTC')} AND known_from <= upto
    ) AS login,
    (
        SELECT argMax((customer_id, toString(rule)), known_from)
        FROM ${VIEWS}.identity_history
        WHERE kind = login.3 AND token = login.1 AND known_from <= upto
    ) AS account,
    (SELECT any(alone_id) FROM ${VIEWS}.identities WHERE login.1 != '' AND token = login.1) AS account_alone,
    state.2 = 'shared' AND login.1 != '' AND account.2 != 'shared' AS is_held
SELECT
    {kind:String} AS kind,
    asked.1 AS token,
    multiIf(is_held AND account.2 = '', account_alone, is_held, account.1, state.2 = '', asked.2, state.1) AS customer_id,
    multiIf(
        is_held, 'login',
        state.2 != '', state.2,
        {kind:String} IN ('order', 'subscription', 'shipment', 'return', 'ticket', 'call'), 'nobody',
        'own'
    ) AS rule,
    if(is_held, login.2, state.3) AS evidence
WHERE asked.1 != ''
COMMENT 'the customer of an identity at a moment of event time, as we knew it then: kind, identity, at, known_at';

CREATE OR REPLACE VIEW ${VIEWS}.customer_at AS
SELECT * FROM ${VIEWS}.customer_as_known(kind = {kind:String}, identity = {identity:String}, at = {at:DateTime64(3, 'UTC')}, known_at = '2200-01-01 00:00:00')
COMMENT 'the customer of an identity at a moment of event time, as we know it now: kind, identity, at';

CREATE OR REPLACE VIEW ${VIEWS}.customer_identities AS
WITH
    ifNull((SELECT anyOrNull(now_customer_id) FROM ${VIEWS}.customer_redirects WHERE customer_id = {customer:UUID}), {customer:UUID}) AS now_id,
    mine AS
    (
        SELECT token FROM ${VIEWS}.identity_history WHERE customer_id = now_id
        UNION DISTINCT
        SELECT token FROM ${VIEWS}.identities WHERE customer_id = now_id OR alone_id = now_id
    ),
    shown AS
    (
        SELECT kind, token, max(value) AS clear, any(alone_id) AS alone, min(valid_from) AS first_at, argMin(evidence, valid_from) AS first_event
        FROM ${VIEWS}.identities
        WHERE token IN (SELECT token FROM mine)
        GROUP BY kind, token
    ),
    latest AS
    (
        SELECT kind, token, argMax((customer_id, toString(rule), evidence, known_at), known_from) AS state
        FROM ${VIEWS}.identity_history
        WHERE token IN (SELECT token FROM mine)
        GROUP BY kind, token
    ),
    periods AS
    (
        SELECT
            kind, token, at, evidence, account_token,
            leadInFrame(toNullable(at)) OVER
                (PARTITION BY kind, token ORDER BY at, evidence, account_token ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next_at
        FROM ${VIEWS}.identity_logins
    ),
    owned AS
    (
        SELECT
            if(l.token = '', s.alone, l.state.1) AS customer_id, if(s.token = '', l.kind, s.kind) AS kind, s.clear AS value,
            if(s.token = '', l.token, s.token) AS token,
            multiIf(l.token != '', l.state.2, s.kind IN ('order', 'subscription', 'shipment', 'return', 'ticket', 'call'), 'nobody', 'own') AS rule,
            if(l.token = '', s.first_event, l.state.3) AS evidence, if(s.token = '', l.state.4, s.first_at) AS valid_from,
            if(l.token = '', NULL, l.state.4) AS known_at
        FROM shown AS s
        FULL JOIN latest AS l ON l.token = s.token
    )
SELECT customer_id, kind, value, token, rule, evidence, valid_from, CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS valid_to, known_at
FROM owned
WHERE customer_id = now_id
UNION ALL
SELECT now_id, p.kind, i.value, p.token, 'login', p.evidence, p.at, p.next_at, NULL
FROM periods AS p
INNER JOIN (SELECT token, argMax(rule, known_from) AS last_rule FROM ${VIEWS}.identity_history GROUP BY token HAVING last_rule = 'shared') AS d
    ON d.token = p.token
LEFT JOIN (SELECT token, max(value) AS value FROM ${VIEWS}.identities GROUP BY token) AS i ON i.token = p.token
WHERE p.account_token IN (SELECT token FROM owned WHERE customer_id = now_id AND rule NOT IN ('shared', 'nobody'))
    AND (p.next_at IS NULL OR p.next_at > p.at)
SETTINGS join_use_nulls = 0
COMMENT 'all identities of a customer as known now, shared devices while it was logged in; a former id leads to the customer of today: customer';
