-- What was refused, raised, spent, counted and doubted.
-- blocking: no. Statements may be repeated. Frozen once shipped: a change is a new file.

CREATE TABLE IF NOT EXISTS `dead_letters`
(
    `raw_partition` UInt16 COMMENT 'partition of touchpoints.raw',
    `raw_offset` UInt64 COMMENT 'offset in that partition',
    `reason` LowCardinality(String) COMMENT 'why, closed list',
    `field` String COMMENT 'the field at fault, empty if none',
    `detail` String COMMENT 'what was found and the remedy; never a value',
    `event_id` String COMMENT 'event id as far as it could be read',
    `event_type` String COMMENT 'event type as far as it could be read',
    `source` String COMMENT 'source as far as it could be read',
    `raw` String COMMENT 'the bytes of the last try, base64; empty once it is replayed or discarded (personal)',
    `raw_hash` UInt64 COMMENT 'hash of the bytes',
    `received_at` DateTime64(3, 'UTC') COMMENT 'when Kafka got it',
    `code_version` String COMMENT 'version of the code that judged',
    `rules_version` UInt16 COMMENT 'version of the rules that judged',
    `tries` UInt32 COMMENT 'how often it was tried',
    `first_try_at` DateTime64(3, 'UTC') COMMENT 'when it was tried first: when Kafka got it, UTC, ms',
    `last_try_at` DateTime64(3, 'UTC') COMMENT 'when it was tried, or given up, last: when Kafka got that, UTC, ms',
    `state` LowCardinality(String) COMMENT 'dead, replayed or discarded',
    `version` UInt64 COMMENT 'made of tries and state; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (raw_partition, raw_offset)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'records that could not be admitted, with their bytes and the reason';

CREATE TABLE IF NOT EXISTS `alerts`
(
    `customer_id` UUID COMMENT 'the customer that we derived; see `identities`',
    `alert_id` UUID COMMENT 'derived from the rule and its subject',
    `rule` LowCardinality(String) COMMENT 'which alert',
    `clock` LowCardinality(String) COMMENT 'with sla.*: first_response, resolution, call_answer, refund or delivery; else empty',
    `subject_kind` LowCardinality(String) COMMENT 'what it is about: ticket, call, return, shipment, order, journey, touchpoint',
    `subject_source` LowCardinality(String) COMMENT 'system that gave the number, empty if none',
    `subject_id` String COMMENT 'its number or id',
    `raised_at` DateTime64(3, 'UTC') COMMENT 'when the reason arose, by event time, UTC',
    `over_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'when events ended the reason; null while it lasts',
    `detail` String COMMENT 'figures behind it, JSON',
    `rules_version` UInt16 COMMENT 'version of rules.yaml that shaped the row',
    `fired_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'the tick that fired it: the worker\'s time, never beyond Kafka\'s own',
    `is_late` Bool COMMENT 'fired so late after raised_at that nobody was told (rules.yaml alerts.late_firing_s)',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id, alert_id)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'alerts while there is time to act; firing twice is one alert';

CREATE TABLE IF NOT EXISTS `ad_costs`
(
    `event_id` UUID COMMENT 'id of the event',
    `source` LowCardinality(String) COMMENT 'sending system',
    `network` LowCardinality(String) COMMENT 'ad network',
    `campaign_id` String COMMENT 'campaign',
    `period_start` DateTime64(3, 'UTC') COMMENT 'first instant of the period, UTC',
    `period_end` DateTime64(3, 'UTC') COMMENT 'end of the period, UTC',
    `cost` Decimal(18, 4) COMMENT 'cost, in `currency`',
    `currency` LowCardinality(String) COMMENT 'ISO 4217',
    `impressions` Nullable(UInt64) COMMENT 'times shown',
    `clicks` Nullable(UInt64) COMMENT 'times clicked',
    `is_retracted` Bool COMMENT 'taken back by touchpoint.retracted',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (event_id)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'what an ad campaign cost in a period';

CREATE TABLE IF NOT EXISTS `ledger`
(
    `raw_partition` UInt16 COMMENT 'partition of touchpoints.raw',
    `first_offset` UInt64 COMMENT 'first offset of the range',
    `last_offset` UInt64 COMMENT 'last offset of the range',
    `accepted` UInt32 COMMENT 'records that became facts',
    `duplicate` UInt32 COMMENT 'exact repeats and losers of two contents',
    `dead` UInt32 COMMENT 'dead letters',
    `dropped` UInt32 COMMENT 'dropped by a counted rule',
    `absent` UInt32 COMMENT 'offsets that Kafka does not have',
    `ids_xor` UInt64 COMMENT 'xor of the hashes of the accepted event ids',
    `written_by` LowCardinality(String) COMMENT 'worker',
    `is_repair` Bool COMMENT 'written by the auditor',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (raw_partition, first_offset, last_offset)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'what became of each range of touchpoints.raw';

CREATE TABLE IF NOT EXISTS `quality`
(
    `kind` LowCardinality(String) COMMENT 'what was found',
    `source` LowCardinality(String) COMMENT 'sending system',
    `subject` String COMMENT 'field, rule or number',
    `raw_partition` UInt16 COMMENT 'partition of touchpoints.raw',
    `count` UInt64 COMMENT 'how often, in the range of `version`',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (kind, source, subject, raw_partition, version)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'what deserves a look: unknown fields, numbers at two customers, skew, duplicates by source';
