"""The topic catalogue, and how to reach what they stand on."""

import pytest
from pydantic import SecretStr, ValidationError

from schemas.connections import ClickHouseConnection, KafkaConnection
from schemas.topics import DAY_MS, FOR_EVER, catalogue, topic_names


def test_raw_and_dead_outlive_generations_and_all_else_carries_one() -> None:
    one, two = topic_names(1), topic_names(2)
    assert (one.raw, one.dead) == (two.raw, two.dead) == ("touchpoints.raw", "touchpoints.dead")
    assert (two.ledger, two.links, two.resolved) == ("touchpoints.ledger.g2", "identity.links.g2", "touchpoints.resolved.g2")
    assert (two.journeys, two.alerts) == ("journeys.g2", "alerts.g2")


def test_generations_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="from 1"):
        topic_names(0)


def test_nothing_is_ever_compacted_and_only_three_topics_forget() -> None:
    specs = catalogue()
    assert {spec.all_configs["cleanup.policy"] for spec in specs} == {"delete"}
    forgetful = {spec.name: spec.retention_ms for spec in specs if spec.retention_ms != FOR_EVER}
    assert forgetful == {"touchpoints.dead": 90 * DAY_MS, "journeys.g1": 7 * DAY_MS, "alerts.g1": 30 * DAY_MS}


def test_links_are_one_total_order_and_arrival_is_stamped_by_the_broker() -> None:
    specs = {spec.name: spec for spec in catalogue()}
    assert [spec.name for spec in specs.values() if spec.partitions is not None] == ["identity.links.g1"]
    assert specs["identity.links.g1"].partitions == 1
    stamped = [name for name, spec in specs.items() if spec.all_configs.get("message.timestamp.type") == "LogAppendTime"]
    assert stamped == ["touchpoints.raw", "identity.links.g1", "touchpoints.resolved.g1"]


def test_the_defaults_reach_the_local_stack_and_say_no_more_than_needed() -> None:
    assert KafkaConnection().client_options() == {"bootstrap_servers": ["127.0.0.1:9092"], "security_protocol": "PLAINTEXT"}
    here = ClickHouseConnection()
    assert (here.host, here.port, here.database) == ("127.0.0.1", 8123, "tracker")


def test_sasl_needs_all_three() -> None:
    with pytest.raises(ValidationError, match="sasl_password"):
        KafkaConnection(security_protocol="SASL_SSL", sasl_mechanism="PLAIN", sasl_username="tracker")


def test_a_password_is_not_shown() -> None:
    connection = KafkaConnection(
        bootstrap_servers="a:1, b:2",
        security_protocol="SASL_SSL",
        sasl_mechanism="PLAIN",
        sasl_username="tracker",
        sasl_password=SecretStr("hush"),
    )
    assert "hush" not in repr(connection)
    options = connection.client_options()
    assert (options["bootstrap_servers"], options["sasl_plain_password"]) == (["a:1", "b:2"], "hush")
