"""Topics on the real Kafka: made once, checked always."""

import pytest
from kafka.admin import KafkaAdminClient

from deploy.topics import create_topics
from schemas.errors import ServiceUnavailable, TopicInvalid
from schemas.topics import catalogue

pytestmark = pytest.mark.kafka


def test_topics_are_made_once_and_a_wrong_shape_is_refused(kafka: str) -> None:
    first = create_topics(kafka, partitions=3, generation=71)
    assert set(first.created) | set(first.present) == {spec.name for spec in catalogue(71)}
    assert {"identity.links.g71", "journeys.g71"} <= set(first.created)
    second = create_topics(kafka, partitions=3, generation=71)
    assert (second.created, len(second.present)) == ((), 7)
    with pytest.raises(TopicInvalid, match="has 3 partitions, not 4") as refusal:
        create_topics(kafka, partitions=4, generation=71)
    assert refusal.value.field == "partitions"


def test_a_generation_may_have_another_partition_count_than_raw(kafka: str) -> None:
    create_topics(kafka, partitions=3, generation=71)
    more = create_topics(kafka, partitions=5, generation=73)
    assert (more.raw_partitions, {"touchpoints.raw", "touchpoints.dead"} <= set(more.present)) == (3, True)
    again = create_topics(kafka, generation=73)
    assert again.created == (), "without a count what is there stays"
    with pytest.raises(TopicInvalid, match="has 5 partitions, not 3"):
        create_topics(kafka, partitions=3, generation=73)


def test_a_compacted_topic_is_refused(kafka: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    compacted = {"num_partitions": 3, "replication_factor": 1, "configs": {"cleanup.policy": "compact"}}
    admin.create_topics({"journeys.g72": compacted}, wait_for_metadata=True)
    admin.close()
    with pytest.raises(TopicInvalid, match=r"journeys\.g72 has cleanup\.policy=compact") as refusal:
        create_topics(kafka, partitions=3, generation=72)
    assert "kafka-configs.sh" in refusal.value.remedy


def test_no_broker_is_an_error_with_a_remedy_after_a_bounded_wait() -> None:
    with pytest.raises(ServiceUnavailable, match=r"127\.0\.0\.1:1") as refusal:
        create_topics("127.0.0.1:1", timeout_s=1)
    assert "tracker up" in refusal.value.remedy
