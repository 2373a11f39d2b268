-- Episodes with a life of their own.
-- blocking: no. Statements may be repeated. Frozen once shipped: a change is a new file.

CREATE TABLE IF NOT EXISTS `orders`
(
    `customer_id` UUID COMMENT 'the customer that we derived; see `identities`',
    `episode_id` UUID COMMENT 'derived from the kind, the source and the number',
    `order_id` String COMMENT 'number in the source',
    `source` LowCardinality(String) COMMENT 'system that gave the number',
    `opened_at` DateTime64(3, 'UTC') COMMENT 'first touchpoint of the episode, UTC',
    `last_touch_at` DateTime64(3, 'UTC') COMMENT 'last touchpoint of the episode, UTC',
    `status` LowCardinality(String) COMMENT 'state of its life cycle',
    `touchpoint_count` UInt32 COMMENT 'touchpoints that name it',
    `placed_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'when it was placed; null where only later touchpoints are known',
    `total` Decimal(18, 4) COMMENT 'total as placed or last changed, in `currency`',
    `currency` LowCardinality(String) COMMENT 'ISO 4217',
    `line_count` UInt32 COMMENT 'lines',
    `unit_count` UInt32 COMMENT 'pieces',
    `categories` Array(LowCardinality(String)) COMMENT 'product categories, sorted',
    `changed_count` UInt32 COMMENT 'changes after it was placed',
    `cancelled_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'first cancellation, of the whole or a part',
    `cancelled` Decimal(18, 4) COMMENT 'value cancelled, in `currency`',
    `paid_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'first payment that succeeded',
    `payment_failed_count` UInt32 COMMENT 'payments that failed',
    `promised_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'delivery promise, the first one made',
    `shipped_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'first shipment sent',
    `delivered_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'last shipment delivered',
    `is_late` Bool COMMENT 'delivered after the first promise',
    `delay_announced_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'first notice of a delay to the customer',
    `issue_count` UInt32 COMMENT 'order issues raised by the customer',
    `return_count` UInt32 COMMENT 'returns that name it',
    `returned_units` UInt32 COMMENT 'pieces that came back',
    `refunded` Decimal(18, 4) COMMENT 'refunded beyond what pays a cancellation back, in `currency`',
    `net` Decimal(18, 4) COMMENT 'total less cancelled less refunded',
    `coupon` String COMMENT 'coupon used',
    `sales_channel` LowCardinality(String) COMMENT 'sales channel as sent',
    `rules_version` UInt16 COMMENT 'version of rules.yaml that shaped the row',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id, episode_id)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'one row for each order';

CREATE TABLE IF NOT EXISTS `shipments`
(
    `customer_id` UUID COMMENT 'the customer that we derived; see `identities`',
    `episode_id` UUID COMMENT 'derived from the kind, the source and the number',
    `shipment_id` String COMMENT 'number in the source',
    `source` LowCardinality(String) COMMENT 'system that gave the number',
    `opened_at` DateTime64(3, 'UTC') COMMENT 'first touchpoint of the episode, UTC',
    `last_touch_at` DateTime64(3, 'UTC') COMMENT 'last touchpoint of the episode, UTC',
    `status` LowCardinality(String) COMMENT 'state of its life cycle',
    `touchpoint_count` UInt32 COMMENT 'touchpoints that name it',
    `order_id` String COMMENT 'order that it carries',
    `carrier` LowCardinality(String) COMMENT 'carrier as sent',
    `sent_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'handed to the carrier',
    `promised_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'first promise',
    `delayed_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'first delay reported',
    `delivered_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'delivered',
    `failed_count` UInt32 COMMENT 'failed attempts',
    `is_late` Bool COMMENT 'delivered after the first promise',
    `rules_version` UInt16 COMMENT 'version of rules.yaml that shaped the row',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id, episode_id)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'one row for each shipment';

CREATE TABLE IF NOT EXISTS `tickets`
(
    `customer_id` UUID COMMENT 'the customer that we derived; see `identities`',
    `episode_id` UUID COMMENT 'derived from the kind, the source and the number',
    `ticket_id` String COMMENT 'number in the source',
    `source` LowCardinality(String) COMMENT 'system that gave the number',
    `opened_at` DateTime64(3, 'UTC') COMMENT 'first touchpoint of the episode, UTC',
    `last_touch_at` DateTime64(3, 'UTC') COMMENT 'last touchpoint of the episode, UTC',
    `status` LowCardinality(String) COMMENT 'state of its life cycle',
    `touchpoint_count` UInt32 COMMENT 'touchpoints that name it',
    `order_id` String COMMENT 'order that it is about, empty if none',
    `channel` LowCardinality(String) COMMENT 'channel in which it was opened',
    `queue` LowCardinality(String) COMMENT 'queue',
    `priority` LowCardinality(String) COMMENT 'priority',
    `reason` LowCardinality(String) COMMENT 'reason',
    `ticket_opened_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'when it was opened',
    `assigned_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'first assignment',
    `first_response_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'first public reply of a representative after the customer\'s first message',
    `first_response_s` Nullable(Int64) COMMENT 'opened to first response, s, calendar clock',
    `first_any_response_s` Nullable(Int64) COMMENT 'opened to first substantive reply of a representative or bot, s',
    `is_first_response_met` Nullable(Bool) COMMENT 'first response within the target; null while unanswered',
    `first_response_due_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'until when the first response is in time, by the target of the channel',
    `first_response_business_s` Nullable(Int64) COMMENT 'opened to first response, s of business hours',
    `resolution_due_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'until when a solution is in time',
    `is_resolution_met` Nullable(Bool) COMMENT 'solved within the target; null while it is not solved',
    `first_solved_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'first solve',
    `solved_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'last solve',
    `closed_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'closed',
    `reopened_count` UInt32 COMMENT 'times reopened',
    `customer_reply_count` UInt32 COMMENT 'public replies of the customer',
    `representative_reply_count` UInt32 COMMENT 'public replies of representatives',
    `bot_reply_count` UInt32 COMMENT 'public replies of bots',
    `team` LowCardinality(String) COMMENT 'last team assigned',
    `merged_into` String COMMENT 'ticket that it was merged into, empty if none',
    `tags` Array(LowCardinality(String)) COMMENT 'tags, sorted',
    `rules_version` UInt16 COMMENT 'version of rules.yaml that shaped the row',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id, episode_id)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'one row for each ticket';

CREATE TABLE IF NOT EXISTS `calls`
(
    `customer_id` UUID COMMENT 'the customer that we derived; see `identities`',
    `episode_id` UUID COMMENT 'derived from the kind, the source and the number',
    `call_id` String COMMENT 'number in the source',
    `source` LowCardinality(String) COMMENT 'system that gave the number',
    `opened_at` DateTime64(3, 'UTC') COMMENT 'first touchpoint of the episode, UTC',
    `last_touch_at` DateTime64(3, 'UTC') COMMENT 'last touchpoint of the episode, UTC',
    `status` LowCardinality(String) COMMENT 'state of its life cycle',
    `touchpoint_count` UInt32 COMMENT 'touchpoints that name it',
    `direction` LowCardinality(String) COMMENT 'inbound or outbound',
    `queue` LowCardinality(String) COMMENT 'queue that it entered',
    `queued_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'entered the queue',
    `answered_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'answered',
    `ended_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'ended',
    `wait_ms` Nullable(Int64) COMMENT 'queue to answer or hang-up, ms',
    `answer_due_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'until when an answer is in time',
    `is_answer_met` Nullable(Bool) COMMENT 'answered within the target; null while nobody answered',
    `is_answered` Bool COMMENT 'a representative answered',
    `is_abandoned` Bool COMMENT 'the caller hung up before',
    `talk_ms` Nullable(Int64) COMMENT 'talk, ms',
    `hold_ms` Nullable(Int64) COMMENT 'hold, ms',
    `wrap_ms` Nullable(Int64) COMMENT 'after-call work, ms',
    `transfer_count` UInt32 COMMENT 'transfers',
    `is_resolved` Nullable(Bool) COMMENT 'resolved as flagged at the end',
    `reason` LowCardinality(String) COMMENT 'reason',
    `rules_version` UInt16 COMMENT 'version of rules.yaml that shaped the row',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id, episode_id)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'one row for each call';

CREATE TABLE IF NOT EXISTS `returns`
(
    `customer_id` UUID COMMENT 'the customer that we derived; see `identities`',
    `episode_id` UUID COMMENT 'derived from the kind, the source and the number',
    `return_id` String COMMENT 'number in the source',
    `source` LowCardinality(String) COMMENT 'system that gave the number',
    `opened_at` DateTime64(3, 'UTC') COMMENT 'first touchpoint of the episode, UTC',
    `last_touch_at` DateTime64(3, 'UTC') COMMENT 'last touchpoint of the episode, UTC',
    `status` LowCardinality(String) COMMENT 'state of its life cycle',
    `touchpoint_count` UInt32 COMMENT 'touchpoints that name it',
    `order_id` String COMMENT 'order that it comes from',
    `requested_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'requested',
    `approved_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'approved',
    `rejected_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'rejected',
    `shipped_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'shipped by the customer',
    `received_at_shop` Nullable(DateTime64(3, 'UTC')) COMMENT 'goods back in the shop',
    `refunded_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'first refund',
    `exchanged_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'exchange shipped',
    `units` UInt32 COMMENT 'pieces',
    `reasons` Array(LowCardinality(String)) COMMENT 'reasons, sorted',
    `resolution` LowCardinality(String) COMMENT 'refund, exchange or credit',
    `refunded` Decimal(18, 4) COMMENT 'refunded, in `currency`',
    `currency` LowCardinality(String) COMMENT 'ISO 4217',
    `refund_s` Nullable(Int64) COMMENT 'requested to first refund, s',
    `refund_due_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'until when a refund is in time',
    `is_refund_met` Nullable(Bool) COMMENT 'refunded within the target; null while it is not refunded',
    `rules_version` UInt16 COMMENT 'version of rules.yaml that shaped the row',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id, episode_id)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'one row for each return';

CREATE TABLE IF NOT EXISTS `subscriptions`
(
    `customer_id` UUID COMMENT 'the customer that we derived; see `identities`',
    `episode_id` UUID COMMENT 'derived from the kind, the source and the number',
    `subscription_id` String COMMENT 'number in the source',
    `source` LowCardinality(String) COMMENT 'system that gave the number',
    `opened_at` DateTime64(3, 'UTC') COMMENT 'first touchpoint of the episode, UTC',
    `last_touch_at` DateTime64(3, 'UTC') COMMENT 'last touchpoint of the episode, UTC',
    `status` LowCardinality(String) COMMENT 'state of its life cycle',
    `touchpoint_count` UInt32 COMMENT 'touchpoints that name it',
    `plan` LowCardinality(String) COMMENT 'last plan',
    `price` Nullable(Decimal(18, 4)) COMMENT 'last price per interval, in `currency`',
    `currency` LowCardinality(String) COMMENT 'ISO 4217',
    `interval` LowCardinality(String) COMMENT 'billing interval',
    `trial_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'trial started',
    `started_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'started',
    `renewed_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'last renewal',
    `renewal_count` UInt32 COMMENT 'renewals',
    `period_end` Nullable(DateTime64(3, 'UTC')) COMMENT 'end of the period paid for',
    `cancelled_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'cancelled',
    `lapsed_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'lapsed',
    `reason` LowCardinality(String) COMMENT 'reason of the end',
    `rules_version` UInt16 COMMENT 'version of rules.yaml that shaped the row',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id, episode_id)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'one row for each subscription';

CREATE TABLE IF NOT EXISTS `surveys`
(
    `customer_id` UUID COMMENT 'the customer that we derived; see `identities`',
    `episode_id` UUID COMMENT 'derived from the kind, the source and the number',
    `survey_id` String COMMENT 'number in the source',
    `source` LowCardinality(String) COMMENT 'system that gave the number',
    `opened_at` DateTime64(3, 'UTC') COMMENT 'first touchpoint of the episode, UTC',
    `last_touch_at` DateTime64(3, 'UTC') COMMENT 'last touchpoint of the episode, UTC',
    `status` LowCardinality(String) COMMENT 'state of its life cycle',
    `touchpoint_count` UInt32 COMMENT 'touchpoints that name it',
    `instrument` LowCardinality(String) COMMENT 'csat, ces or nps',
    `offered_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'offered',
    `answered_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'last answer',
    `score` Nullable(Float64) COMMENT 'score of the last answer',
    `scale_min` Nullable(Float64) COMMENT 'least score of the scale',
    `scale_max` Nullable(Float64) COMMENT 'greatest score of the scale',
    `is_not_applicable` Bool COMMENT 'answered without a score',
    `about_kind` LowCardinality(String) COMMENT 'what it asks about: touchpoint, ticket, order, call',
    `about_id` String COMMENT 'its id',
    `comment` String COMMENT 'words of the customer (personal)',
    `rules_version` UInt16 COMMENT 'version of rules.yaml that shaped the row',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id, episode_id)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'one row for each survey';

CREATE TABLE IF NOT EXISTS `conversations`
(
    `customer_id` UUID COMMENT 'the customer that we derived; see `identities`',
    `episode_id` UUID COMMENT 'derived from the kind, the source and the number',
    `conversation_id` String COMMENT 'number in the source',
    `source` LowCardinality(String) COMMENT 'system that gave the number',
    `opened_at` DateTime64(3, 'UTC') COMMENT 'first touchpoint of the episode, UTC',
    `last_touch_at` DateTime64(3, 'UTC') COMMENT 'last touchpoint of the episode, UTC',
    `status` LowCardinality(String) COMMENT 'state of its life cycle',
    `touchpoint_count` UInt32 COMMENT 'touchpoints that name it',
    `channel` LowCardinality(String) COMMENT 'channel of its first touchpoint',
    `network` LowCardinality(String) COMMENT 'network, empty if none',
    `first_customer_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'first message of the customer',
    `first_response_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'first message of a representative after it',
    `first_response_s` Nullable(Int64) COMMENT 'between the two, s',
    `customer_message_count` UInt32 COMMENT 'messages of the customer',
    `representative_message_count` UInt32 COMMENT 'messages of representatives',
    `bot_message_count` UInt32 COMMENT 'messages and answers of bots',
    `is_handed_over` Bool COMMENT 'a bot handed it over',
    `intent` LowCardinality(String) COMMENT 'intent that the bot saw',
    `ended_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'ended',
    `rules_version` UInt16 COMMENT 'version of rules.yaml that shaped the row',
    `version` UInt64 COMMENT 'offset of the record that made this version of the row; the greatest wins',
    `is_deleted` UInt8 DEFAULT 0 COMMENT '1 where the row was withdrawn',
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when ClickHouse stored this version of the row, UTC, ms'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id, episode_id)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'one row for each chat or bot conversation';
