-- What was observed and what follows from it for each customer.
-- blocking: no. Statements may be repeated. Frozen once shipped: a change is a new file.

CREATE TABLE IF NOT EXISTS `touchpoints`
(
    `customer_id` UUID COMMENT 'the customer that we derived; see `identities`',
    `occurred_at` DateTime64(3, 'UTC') COMMENT 'when it happened, by the source\'s clock, UTC, ms',
    `event_id` UUID COMMENT 'id of the event; a resend has the same',
    `event_type` LowCardinality(String) COMMENT 'what happened, e.g. order.placed',
    `schema_version` UInt16 COMMENT 'version of the payload as sent',
    `source` LowCardinality(String) COMMENT 'the sending system',
    `channel` LowCardinality(String) COMMENT 'the medium, closed list',
    `stage` LowCardinality(String) COMMENT 'stage of the journey at that moment, by rules.yaml',
    `scope` LowCardinality(String) COMMENT 'support, service or experience: the innermost that applies',
    `owner` LowCardinality(String) COMMENT 'team in charge',
    `actor` LowCardinality(String) COMMENT 'who acted: customer, representative, bot, system',
    `environment` LowCardinality(String) COMMENT 'production, test or internal; only the first enters sessions, journeys and metrics',
    `is_bot` Bool COMMENT 'made by a crawler; kept out of sessions, journeys and metrics',
    `sequence` Nullable(Int64) COMMENT 'the source\'s own order within one instant',
    `session_id` Nullable(UUID) COMMENT 'the session that it belongs to; null where no session was open',
    `journey_id` Nullable(UUID) COMMENT 'the journey that it belongs to; null outside production',
    `sentiment` Nullable(Float64) COMMENT '-1 (bad) to 1 (good), by the sentiment rules; null where nobody can tell',
    `sentiment_by` LowCardinality(String) COMMENT 'who judged: customer, representative, model or rule',
    `is_bad` Bool COMMENT 'a bad experience by rules.yaml',
    `effort` Nullable(UInt8) COMMENT 'effort as told by the customer, 1 (low) to 7',
    `cause` LowCardinality(String) COMMENT 'people, process or product; empty where not given',
    `outcome` LowCardinality(String) COMMENT 'succeeded, failed or abandoned; empty where not given',
    `amount` Nullable(Decimal(18, 4)) COMMENT 'amount of money of this touchpoint, in `currency`',
    `currency` LowCardinality(String) COMMENT 'ISO 4217, empty without an amount',
    `order_id` String COMMENT 'order that it belongs to, empty if none',
    `ticket_id` String COMMENT 'ticket that it belongs to, empty if none',
    `call_id` String COMMENT 'call that it belongs to, empty if none',
    `return_id` String COMMENT 'return that it belongs to, empty if none',
    `shipment_id` String COMMENT 'shipment that it belongs to, empty if none',
    `subscription_id` String COMMENT 'subscription that it belongs to, empty if none',
    `conversation_id` String COMMENT 'chat or bot conversation that it belongs to, empty if none',
    `campaign` String COMMENT 'campaign: utm_campaign, else the payload\'s campaign_id, else empty',
    `utm_source` String COMMENT 'utm_source of the context',
    `utm_medium` String COMMENT 'utm_medium of the context',
    `page` String COMMENT 'address of the page or name of the screen',
    `referrer` String COMMENT 'referrer as sent',
    `device_class` LowCardinality(String) COMMENT 'desktop, mobile, tablet or as sent; else told from the user agent; empty where neither says',
    `locale` LowCardinality(String) COMMENT 'BCP 47',
    `country` LowCardinality(String) COMMENT 'ISO 3166 of the address that it came from',
    `click_kinds` Array(LowCardinality(String)) COMMENT 'names of its click ids, e.g. gclid, sorted; the values stand in `personal`',
    `categories` Array(LowCardinality(String)) COMMENT 'product categories, each once: of the product viewed, else of the lines, as the payload has them',
    `identity_kinds` Array(LowCardinality(String)) COMMENT 'kinds of the identities as observed, same order as identity_tokens',
    `identity_tokens` Array(String) COMMENT 'keyed tokens of the identities as observed',
    `payload` String COMMENT 'payload as JSON, personal fields taken out',
    `context` String COMMENT 'context as JSON',
    `personal` String COMMENT 'identities and personal fields as JSON (personal)',
    `rules_version` UInt16 COMMENT 'version of rules.yaml that shaped the row',
    `sent_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'when the source sent it, UTC, ms; of repeats the latest seen',
    `received_at` DateTime64(3, 'UTC') COMMENT 'when Kafka got it, UTC, ms',
    `skew_ms` Nullable(Int64) COMMENT 'received_at less sent_at, ms',
    `raw_partition` UInt16 COMMENT 'partition of touchpoints.raw',
    `raw_offset` UInt64 COMMENT 'offset in that partition',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYear(occurred_at)
ORDER BY (customer_id, occurred_at, event_id)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'one row for each accepted touchpoint of a customer';

CREATE TABLE IF NOT EXISTS `sessions`
(
    `customer_id` UUID COMMENT 'the customer that we derived; see `identities`',
    `session_id` UUID COMMENT 'derived from the customer and the first touchpoint',
    `journey_id` UUID COMMENT 'journey of its first touchpoint',
    `started_at` DateTime64(3, 'UTC') COMMENT 'first act of the customer, UTC',
    `ended_at` DateTime64(3, 'UTC') COMMENT 'last act of the customer, UTC',
    `duration_ms` Int64 COMMENT 'ended_at less started_at, ms; 0 for a single act',
    `touchpoint_count` UInt32 COMMENT 'touchpoints of any actor inside it',
    `act_count` UInt32 COMMENT 'acts of the customer inside it',
    `first_event_id` UUID COMMENT 'event of its first act',
    `last_event_id` UUID COMMENT 'event of its last act',
    `entry_channel` LowCardinality(String) COMMENT 'channel of its first act',
    `exit_channel` LowCardinality(String) COMMENT 'channel of its last act',
    `entry_page` String COMMENT 'page or screen of its first act that has one',
    `campaign` String COMMENT 'campaign of its first act that has one',
    `channels` Array(LowCardinality(String)) COMMENT 'channels, in order of first appearance',
    `last_stage` LowCardinality(String) COMMENT 'stage of its last act',
    `order_count` UInt32 COMMENT 'orders placed inside it',
    `utm_source` String COMMENT 'utm_source of its first touchpoint with a utm_source or utm_medium',
    `utm_medium` String COMMENT 'utm_medium of that same touchpoint',
    `click_kinds` Array(LowCardinality(String)) COMMENT 'names of the customer\'s click ids, e.g. gclid, in order of first appearance; the first 20',
    `device_class` LowCardinality(String) COMMENT 'device of the customer\'s first act that has one',
    `device_classes` Array(LowCardinality(String)) COMMENT 'devices of the customer\'s acts, in order of first appearance; the first 10',
    `locale` LowCardinality(String) COMMENT 'BCP 47, of the customer\'s first act that has one',
    `country` LowCardinality(String) COMMENT 'ISO 3166, of the customer\'s first act that has one',
    `categories` Array(LowCardinality(String)) COMMENT 'product categories viewed, ordered or otherwise named, in order of first appearance; the first 50',
    `rules_version` UInt16 COMMENT 'version of rules.yaml that shaped the row',
    `revision` UInt32 COMMENT 'corrections of this customer\'s history (late, merged, withdrawn) before this version',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id, session_id)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'touchpoints of one customer without a pause longer than the session gap';

CREATE TABLE IF NOT EXISTS `journeys`
(
    `customer_id` UUID COMMENT 'the customer that we derived; see `identities`',
    `journey_id` UUID COMMENT 'derived from the customer and the first touchpoint',
    `opened_at` DateTime64(3, 'UTC') COMMENT 'its first touchpoint, UTC',
    `last_touch_at` DateTime64(3, 'UTC') COMMENT 'its last touchpoint of any actor, UTC',
    `touchpoint_count` UInt32 COMMENT 'touchpoints of any actor',
    `act_count` UInt32 COMMENT 'acts of the customer',
    `session_count` UInt32 COMMENT 'sessions that began inside it',
    `path` Array(LowCardinality(String)) COMMENT 'channels of the customer\'s acts, repeats collapsed, first 20 and last 20 steps',
    `path_length` UInt32 COMMENT 'steps of the collapsed path before it was capped',
    `channels` Array(LowCardinality(String)) COMMENT 'channels of any actor, in order of first appearance',
    `stages` Array(LowCardinality(String)) COMMENT 'stages, in order of first appearance',
    `last_stage` LowCardinality(String) COMMENT 'stage of its last touchpoint',
    `owners` Array(LowCardinality(String)) COMMENT 'teams in charge, in order of first appearance',
    `handover_count` UInt32 COMMENT 'how often the team in charge changed from one touchpoint to the next',
    `first_event_id` UUID COMMENT 'first act of the customer, else first touchpoint',
    `last_event_id` UUID COMMENT 'last act of the customer, else last touchpoint',
    `first_channel` LowCardinality(String) COMMENT 'channel of the first touch',
    `last_channel` LowCardinality(String) COMMENT 'channel of the last touch',
    `first_sentiment` Nullable(Float64) COMMENT 'sentiment of the first act of the customer that has one',
    `last_sentiment` Nullable(Float64) COMMENT 'sentiment of the last act of the customer that has one',
    `worst_sentiment` Nullable(Float64) COMMENT 'least sentiment',
    `best_sentiment` Nullable(Float64) COMMENT 'greatest sentiment',
    `bad_count` UInt32 COMMENT 'bad experiences',
    `effort_total` UInt32 COMMENT 'sum of the efforts told',
    `effort_count` UInt32 COMMENT 'touchpoints that told an effort',
    `campaign` String COMMENT 'campaign of its first touchpoint that has one',
    `order_count` UInt32 COMMENT 'orders placed',
    `ticket_count` UInt32 COMMENT 'tickets opened',
    `call_count` UInt32 COMMENT 'calls queued',
    `return_count` UInt32 COMMENT 'returns requested, or received where no request is known',
    `gross` Decimal(18, 4) COMMENT 'total of the orders as placed or changed, in `currency`',
    `cancelled` Decimal(18, 4) COMMENT 'total of what was cancelled, in `currency`',
    `returned` Decimal(18, 4) COMMENT 'total refunded, in `currency`',
    `net` Decimal(18, 4) COMMENT 'gross less cancelled less returned',
    `currency` LowCardinality(String) COMMENT 'currency of the first amount; empty without one',
    `other_currency_count` UInt32 COMMENT 'amounts in another currency, not summed',
    `utm_source` String COMMENT 'utm_source of its first touchpoint with a utm_source or utm_medium',
    `utm_medium` String COMMENT 'utm_medium of that same touchpoint',
    `click_kinds` Array(LowCardinality(String)) COMMENT 'names of the customer\'s click ids, e.g. gclid, in order of first appearance; the first 20',
    `device_class` LowCardinality(String) COMMENT 'device of the customer\'s first act that has one',
    `device_classes` Array(LowCardinality(String)) COMMENT 'devices of the customer\'s acts, in order of first appearance; the first 10',
    `locale` LowCardinality(String) COMMENT 'BCP 47, of the customer\'s first act that has one',
    `country` LowCardinality(String) COMMENT 'ISO 3166, of the customer\'s first act that has one',
    `categories` Array(LowCardinality(String)) COMMENT 'product categories viewed, ordered or otherwise named, in order of first appearance; the first 50',
    `rules_version` UInt16 COMMENT 'version of rules.yaml that shaped the row',
    `revision` UInt32 COMMENT 'corrections of this customer\'s history (late, merged, withdrawn) before this version',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id, journey_id)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'touchpoints of one customer from the first until silence longer than the journey gap';

CREATE TABLE IF NOT EXISTS `customers`
(
    `customer_id` UUID COMMENT 'the customer that we derived; see `identities`',
    `first_seen_at` DateTime64(3, 'UTC') COMMENT 'first touchpoint, UTC',
    `last_seen_at` DateTime64(3, 'UTC') COMMENT 'last touchpoint, UTC',
    `touchpoint_count` UInt32 COMMENT 'touchpoints in production',
    `session_count` UInt32 COMMENT 'sessions',
    `journey_count` UInt32 COMMENT 'journeys',
    `is_identified` Bool COMMENT 'known by more than devices, cookies, clicks and numbers of things',
    `strongest_kind` LowCardinality(String) COMMENT 'strongest identity kind observed',
    `first_channel` LowCardinality(String) COMMENT 'channel of the first act',
    `last_channel` LowCardinality(String) COMMENT 'channel of the last act',
    `order_count` UInt32 COMMENT 'orders placed',
    `ticket_count` UInt32 COMMENT 'tickets opened',
    `call_count` UInt32 COMMENT 'calls queued',
    `return_count` UInt32 COMMENT 'returns',
    `bad_count` UInt32 COMMENT 'bad experiences',
    `first_order_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'first order, UTC',
    `last_order_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'last order, UTC',
    `gross` Decimal(18, 4) COMMENT 'total of the orders as placed or changed, in `currency`',
    `cancelled` Decimal(18, 4) COMMENT 'total cancelled, in `currency`',
    `returned` Decimal(18, 4) COMMENT 'total refunded, in `currency`',
    `net` Decimal(18, 4) COMMENT 'gross less cancelled less returned',
    `currency` LowCardinality(String) COMMENT 'currency of the first amount; empty without one',
    `other_currency_count` UInt32 COMMENT 'amounts in another currency, not summed',
    `rules_version` UInt16 COMMENT 'version of rules.yaml that shaped the row',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'one row for each customer';
