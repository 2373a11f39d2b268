"""Old shapes are lifted step by step; a shape that is not what it says is a refusal, not an exception."""

from dataclasses import replace
from typing import Any

import pytest

from schemas import codec
from schemas.codec import Decoded, validate
from schemas.dead_letters import Rejection, RejectReason
from schemas.examples import example
from schemas.touchpoints import EVENT_TYPES
from schemas.upcasters import UPCASTERS, Document, Upcasters, upcast

LIFTED = "article.rated"


def _stars_to_helpful(old: Document) -> Document:
    payload = {name: value for name, value in old["payload"].items() if name != "stars"}
    return {**old, "payload": {**payload, "helpful": old["payload"]["stars"] >= 3}}


def _article_to_article_id(old: Document) -> Document:
    payload = {name: value for name, value in old["payload"].items() if name != "article"}
    return {**old, "payload": {**payload, "article_id": old["payload"]["article"]}}


STEPS: Upcasters = {(LIFTED, 1): _stars_to_helpful, (LIFTED, 2): _article_to_article_id}


@pytest.fixture
def _at_version_three(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue as it would be had `article.rated` changed twice."""
    lifted = {**EVENT_TYPES, LIFTED: replace(EVENT_TYPES[LIFTED], version=3)}
    monkeypatch.setattr(codec, "EVENT_TYPES", lifted)


def at_version(version: int, payload: dict[str, Any]) -> Document:
    return {**example(LIFTED), "schema_version": version, "payload": payload}


@pytest.mark.usefixtures("_at_version_three")
@pytest.mark.parametrize(
    ("version", "payload"),
    [(1, {"article": "a-1", "stars": 5}), (2, {"article": "a-1", "helpful": True}), (3, {"article_id": "a-1", "helpful": True})],
)
def test_every_version_comes_out_as_the_newest(version: int, payload: dict[str, Any]) -> None:
    document = at_version(version, payload)
    outcome = validate(document, table=STEPS)
    assert isinstance(outcome, Decoded)
    assert (outcome.event.schema_version, outcome.event.payload.article_id, outcome.event.payload.helpful) == (3, "a-1", True)
    assert outcome.document["payload"] == {"article_id": "a-1", "helpful": True}
    assert document == at_version(version, payload), "an upcaster must not change what was sent"


@pytest.mark.usefixtures("_at_version_three")
@pytest.mark.parametrize("payload", [{}, {"article": "a-1", "stars": "many"}, None, [], 7])
def test_what_does_not_have_the_form_of_its_version_is_refused(payload: Any) -> None:
    outcome = validate(at_version(1, payload), table=STEPS)
    assert isinstance(outcome, Rejection)
    assert (outcome.reason, outcome.field) == (RejectReason.INVALID_FIELD, "payload")


@pytest.mark.usefixtures("_at_version_three")
def test_a_version_from_the_future_says_so() -> None:
    outcome = validate(at_version(4, {}), table=STEPS)
    assert isinstance(outcome, Rejection)
    assert outcome.reason is RejectReason.VERSION_FROM_THE_FUTURE


def test_the_newest_version_is_returned_untouched() -> None:
    document = example(LIFTED)
    assert upcast(document, LIFTED, 1, 1) is document


def test_the_shipped_table_has_every_step_to_the_newest_version_and_no_other() -> None:
    wanted = {(name, step) for name, spec in EVENT_TYPES.items() for step in range(1, spec.version)}
    assert set(UPCASTERS) == wanted
