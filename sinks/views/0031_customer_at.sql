-- The customer of one identity, asked with parameters: customer_now(kind = 'email', identity = 'jo@example.org'). `identity` is the value
-- as in identities.value, or the token. One row; none where no touchpoint shows it. Epochs and rules as in identity_history.
CREATE OR REPLACE VIEW ${VIEWS}.customer_as_known AS
WITH
    (SELECT maxOrNull(epoch) FROM ${VIEWS}.identity_epochs WHERE known_at <= {known_at:DateTime64(3, 'UTC')}) AS upto,
    asked AS
    (
        SELECT kind, token, any(alone_id) AS alone_id
        FROM ${VIEWS}.identities
        WHERE kind = {kind:String} AND {identity:String} IN (value, token)
        GROUP BY kind, token
    ),
    held AS
    (
        SELECT token, argMax((account_token, evidence), (at, evidence, account_token)) AS login
        FROM ${VIEWS}.identity_logins
        WHERE token IN (SELECT token FROM asked) AND at <= {at:DateTime64(3, 'UTC')} AND known_from <= upto
        GROUP BY token
    ),
    state AS
    (
        SELECT token, argMax(customer_id, known_from) AS customer_id, argMax(rule, known_from) AS rule, argMax(evidence, known_from) AS evidence
        FROM ${VIEWS}.identity_history
        WHERE (token IN (SELECT token FROM asked) OR token IN (SELECT login.1 FROM held)) AND known_from <= upto
        GROUP BY token
    ),
    holder AS
    (
        SELECT h.token AS token, h.login.2 AS evidence, if(s.token = '', i.alone_id, s.customer_id) AS customer_id
        FROM held AS h
        LEFT JOIN state AS s ON s.token = h.login.1
        LEFT JOIN (SELECT token, any(alone_id) AS alone_id FROM ${VIEWS}.identities WHERE token IN (SELECT login.1 FROM held) GROUP BY token) AS i
            ON i.token = h.login.1
        WHERE h.login.1 != '' AND s.rule != 'shared'
    )
SELECT
    a.kind AS kind,
    a.token AS token,
    multiIf(s.rule = 'shared' AND h.token != '', h.customer_id, s.token = '', a.alone_id, s.customer_id) AS customer_id,
    multiIf(
        s.rule = 'shared' AND h.token != '', 'login',
        s.token != '', toString(s.rule),
        a.kind IN ('order', 'subscription', 'shipment', 'return', 'ticket', 'call'), 'nobody',
        'own'
    ) AS rule,
    multiIf(s.rule = 'shared' AND h.token != '', h.evidence, s.evidence) AS evidence
FROM asked AS a
LEFT JOIN state AS s ON s.token = a.token
LEFT JOIN holder AS h ON h.token = a.token
SETTINGS join_use_nulls = 0
COMMENT 'the customer of an identity at a moment of event time, as we knew it then: kind, identity, at, known_at';

CREATE OR REPLACE VIEW ${VIEWS}.customer_at AS
SELECT * FROM ${VIEWS}.customer_as_known(kind = {kind:String}, identity = {identity:String}, at = {at:DateTime64(3, 'UTC')}, known_at = '2200-01-01 00:00:00')
COMMENT 'the customer of an identity at a moment of event time, as we know it now: kind, identity, at';
