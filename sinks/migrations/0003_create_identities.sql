-- Who is who, and why.
-- blocking: no. Statements may be repeated. Frozen once shipped: a change is a new file.

CREATE TABLE IF NOT EXISTS `identities`
(
    `customer_id` UUID COMMENT 'the customer that we derived; see `identities`',
    `kind` LowCardinality(String) COMMENT 'kind of the identity',
    `token` String COMMENT 'keyed token of the identity',
    `valid_from` DateTime64(3, 'UTC') COMMENT 'first touchpoint of the identity with this customer, UTC',
    `value` String COMMENT 'the identity as observed, normalised; empty for numbers of things (personal)',
    `alone_id` UUID COMMENT 'the customer that the identity is when it is alone',
    `evidence` UUID COMMENT 'event that first showed it with this customer',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id, kind, token, valid_from)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'which identities the touchpoints of a customer show; whose each was and is, and why: identity_periods';

CREATE TABLE IF NOT EXISTS `identity_links`
(
    `customer_id` UUID COMMENT 'the customer that we derived; see `identities`',
    `kind_a` LowCardinality(String) COMMENT 'kind of the one',
    `token_a` String COMMENT 'token of the one',
    `kind_b` LowCardinality(String) COMMENT 'kind of the other',
    `token_b` String COMMENT 'token of the other',
    `first_seen_at` DateTime64(3, 'UTC') COMMENT 'first touchpoint with both, UTC',
    `state` LowCardinality(String) COMMENT 'joined, conflict, shared, cut or finds',
    `evidence` UUID COMMENT 'event that first showed the pair',
    `known_from` UInt64 COMMENT 'epoch from which we knew',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id, kind_a, token_a, kind_b, token_b)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'pairs of identities that were seen together';

CREATE TABLE IF NOT EXISTS `identity_conflicts`
(
    `customer_id` UUID COMMENT 'the customer that we derived; see `identities`',
    `kind_a` LowCardinality(String) COMMENT 'kind of the one',
    `token_a` String COMMENT 'token of the one',
    `kind_b` LowCardinality(String) COMMENT 'kind of the other',
    `token_b` String COMMENT 'token of the other',
    `other_customer_id` UUID COMMENT 'the customer on the other side',
    `first_seen_at` DateTime64(3, 'UTC') COMMENT 'first touchpoint with both, UTC',
    `evidence` UUID COMMENT 'event that first showed the pair',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id, kind_a, token_a, kind_b, token_b)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'pairs that were seen together and not joined, since a limit would have been broken';

CREATE TABLE IF NOT EXISTS `customer_redirects`
(
    `customer_id` UUID COMMENT 'the former id',
    `now_customer_id` UUID COMMENT 'the customer to whom its strongest identity belongs now',
    `known_from` UInt64 COMMENT 'epoch from which we knew',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'customer ids that were in use and now lead to another customer';

CREATE TABLE IF NOT EXISTS `identity_history`
(
    `kind` LowCardinality(String) COMMENT 'kind of the identity',
    `token` String COMMENT 'keyed token of the identity',
    `known_from` UInt64 COMMENT 'epoch from which we knew: offset in identity.links',
    `customer_id` UUID COMMENT 'whose it was from then on; where it told nothing, the customer that it is alone',
    `rule` LowCardinality(String) COMMENT 'why: own, linked or number; shared or nobody where it alone tells nothing',
    `evidence` UUID COMMENT 'event by which we knew',
    `known_at` DateTime64(3, 'UTC') COMMENT 'when we knew: time of the epoch by Kafka\'s clock, UTC',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (kind, token, known_from)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'whose an identity was, as known from an epoch on; before the first one it was a customer of its own. Nothing is ever withdrawn';

CREATE TABLE IF NOT EXISTS `identity_logins`
(
    `kind` LowCardinality(String) COMMENT 'kind of the device\'s identity',
    `token` String COMMENT 'keyed token of the device or cookie',
    `at` DateTime64(3, 'UTC') COMMENT 'login or logout, UTC',
    `evidence` UUID COMMENT 'the event',
    `account_token` String COMMENT 'token of whoever logged in; empty for a logout',
    `account_kind` LowCardinality(String) COMMENT 'kind of the identity that logged in; empty for a logout',
    `known_from` UInt64 COMMENT 'epoch from which we knew',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (kind, token, at, evidence, account_token)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'who took or gave back which shared device or cookie, told once it is shared. Nothing is ever withdrawn';

CREATE TABLE IF NOT EXISTS `identity_epochs`
(
    `epoch` UInt64 COMMENT 'offset in identity.links',
    `known_at` DateTime64(3, 'UTC') COMMENT 'when Kafka got it, UTC',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (epoch)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'when which epoch of who is who was known: epochs that changed anything';

CREATE TABLE IF NOT EXISTS `identity_suggestions`
(
    `suggestion_id` UUID COMMENT 'derived from the two identities',
    `kind_a` LowCardinality(String) COMMENT 'kind of the identity that gives the one customer its id',
    `token_a` String COMMENT 'its token',
    `kind_b` LowCardinality(String) COMMENT 'kind of the identity that gives the other customer its id',
    `token_b` String COMMENT 'its token',
    `customer_a` UUID COMMENT 'the one customer, when it was suggested',
    `customer_b` UUID COMMENT 'the other customer, when it was suggested',
    `score` Float64 COMMENT 'probability that both are one, as the model has it, 0 to 1',
    `reason` String COMMENT 'what agrees and what does not',
    `state` LowCardinality(String) COMMENT 'open, accepted or rejected',
    `suggested_at` DateTime64(3, 'UTC') COMMENT 'when it was suggested last, UTC',
    `decided_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'when it was accepted or rejected; null while it is open',
    `version` UInt64 COMMENT 'ms UTC of the last change; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (suggestion_id)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'pairs of customers that are alike, and what people decided about them; written by tracker suggest and tracker review, not from events';
