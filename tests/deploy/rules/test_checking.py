"""What `tracker rules check` finds: every fault with its line, and rules that are valid and probably not meant so."""

from pathlib import Path
from typing import Any, get_args

import pytest

from deploy.rebuild.errors import RebuildRefused
from deploy.rules.applying import must_be_new
from deploy.rules.changes import changes
from deploy.rules.explaining import explained
from deploy.rules.faults import Fault, faults_in
from deploy.rules.force import InForce
from deploy.rules.sections import REACHES, SECTIONS, Reach, reach_of
from deploy.rules.warnings import version_warning, warnings
from schemas.rules import Rules
from schemas.rulesets.patterns import RuleModel
from streams.rules_file import load_rules
from tests.deploy.rules.told import changed

PROJECT = Path(__file__).parents[3]
TEXT = (PROJECT / "rules.yaml").read_text(encoding="utf-8")
SHIPPED = load_rules()
STAGES: list[Any] = SHIPPED.model_dump(mode="json")["stages"]
SENTIMENT: list[Any] = SHIPPED.model_dump(mode="json")["sentiment"]


def line_of(words: str) -> int:
    return next(n for n, line in enumerate(TEXT.splitlines(), 1) if words in line)


def test_the_shipped_rules_have_neither_faults_nor_warnings() -> None:
    assert faults_in(TEXT) == []
    assert warnings(SHIPPED, SHIPPED) == []


def test_every_fault_is_told_at_once_with_its_line() -> None:
    broken = (
        TEXT.replace("gap_s: 1800", "gap_s: 0").replace("timezone: UTC", "timezone: Mars/Base").replace("nobody_above:", "noboby_above:")
    )
    found = {fault.field: fault for fault in faults_in(broken)}
    assert found["sessions.gap_s"].line == line_of("gap_s: 1800")
    assert "Mars/Base" in found["calendars.default.timezone"].message
    assert found["calendars.default.timezone"].line == line_of("timezone: UTC")
    assert found["identity.noboby_above"].line == line_of("nobody_above:")
    assert "misspelt" in found["identity.noboby_above"].message
    assert found["identity.nobody_above"].message == "Field required"
    assert [fault.line for fault in faults_in(broken)] == sorted(fault.line for fault in found.values())


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (TEXT.replace("sessions: {", "sessions: ["), line_of("sessions: {"), "expected"),
        (TEXT + "\nversion: 2\n", TEXT.count("\n") + 2, "stands twice"),
        ("", 1, "valid dictionary"),
        ("a: \x01", 1, "no YAML"),
    ],
)
def test_a_text_that_is_no_rules_at_all_is_one_fault(text: str, line: int, words: str) -> None:
    (fault,) = faults_in(text)
    assert (fault.line, words in fault.message) == (line, True), fault
    assert isinstance(fault, Fault)


@pytest.mark.parametrize(
    ("sections", "field"),
    [
        ({"stages": [STAGES[0], {"types": ["ad.clicked"], "stage": "sales"}, *STAGES[1:]]}, "stages.1"),
        ({"owners": {"night": []}}, "owners.night"),
        ({"owners": {"night": ["ad.clicked"]}}, "owners.night"),
        ({"owners": {"marketing": ["email.*"]}}, "owners"),
        ({"identity": {"kinds": {"email": {"limit": 1}}}}, "identity.kinds.email.limit"),
        ({"identity": {"shared_counts": []}}, "identity.kinds.email.shared_above"),
        ({"identity": {"kinds": {"ticket": {"limit": 3}}}}, "identity.kinds.ticket"),
        ({"identity": {"nobody_above": 20_000}}, "identity.nobody_above"),
        ({"sessions": {"gap_s": 90_000}}, "sessions.gap_s"),
        ({"sessions": {"gap_s": 90_000}, "journeys": {"gap_days": 1}}, "journeys.gap_days"),
        ({"alerts": {"sla.at_risk": {"before_s": 3_600}}}, "alerts.sla.at_risk.before_s"),
        ({"sentiment": [*SENTIMENT, {"types": ["payment.failed"], "score": 0.1}]}, f"sentiment.{len(SENTIMENT)}"),
        ({"bad_experience": {"score_at_most": 0}}, "bad_experience.score_at_most"),
        ({"scopes": {"support": []}}, "scopes.support"),
        ({"limits": {"customer_facts": 5}}, "limits.customer_facts"),
        ({"drop": [{"name": "partners", "sources": ["partner"]}]}, "drop.0"),
    ],
)
def test_what_is_valid_and_odd_is_warned_of(sections: dict[str, Any], field: str) -> None:
    assert field in [named for named, _ in warnings(changed(**sections), SHIPPED)]


def other(version: int) -> Rules:
    return changed(sessions={"gap_s": 60}).model_copy(update={"version": version})


def test_another_content_under_the_same_version_is_warned_of_and_refused() -> None:
    force = InForce(SHIPPED, None, 1, (SHIPPED.version,))
    assert version_warning(other(1), SHIPPED) == (
        "version",
        "the content differs from the rules in force, which have version 1: raise it to 2",
    )
    with pytest.raises(RebuildRefused) as refused:
        must_be_new(other(1), force)
    assert refused.value.remedy == "raise version in the file to 2"
    assert version_warning(other(2), SHIPPED) is None
    must_be_new(other(2), force)


def test_a_version_that_stands_on_rows_already_is_refused_whatever_the_settings_say() -> None:
    force = InForce(SHIPPED, None, 2, (2,))
    assert "version 2" in force.doubt
    with pytest.raises(RebuildRefused) as refused:
        must_be_new(other(2), force)
    assert refused.value.remedy == "raise version in the file to 3"


def test_rules_that_are_in_force_need_not_be_applied() -> None:
    with pytest.raises(RebuildRefused, match="in force"):
        must_be_new(SHIPPED, InForce(SHIPPED, None, 1, ()))
    assert version_warning(SHIPPED, SHIPPED) is None


def test_an_explanation_names_every_section_and_what_is_not_as_shipped() -> None:
    found = explained(TEXT.replace("gap_s: 1800", "gap_s: 600"), InForce(SHIPPED, None, 1, ()))
    assert list(found["sections"]) == list(Rules.model_fields)
    (change,) = found["differs_from_shipped"]
    assert (change.field, change.was, change.becomes) == ("sessions.gap_s", "1800", "600")
    assert [warning["field"] for warning in found["warnings"]] == ["version"]


def test_changes_of_lists_name_the_entries_and_an_order_says_so() -> None:
    longer = changed(identity={"junk": {"values": [*SHIPPED.identity.junk.values, "gast"]}}, stages=[*STAGES[1:-1], STAGES[0], STAGES[-1]])
    assert [(c.field, c.was[:5], c.becomes[:6]) for c in changes(SHIPPED, longer)] == [
        (f"identity.junk.values.{len(SHIPPED.identity.junk.values)}", "", '"gast"'),
        ("stages", "order", "order:"),
    ]
    turned = changed()
    owners = dict(reversed(turned.owners.items()))
    assert [c.field for c in changes(SHIPPED, turned.model_copy(update={"owners": owners}))] == ["owners"]


def test_every_section_and_every_exception_is_a_field_of_the_rules() -> None:
    assert list(SECTIONS) == list(Rules.model_fields)
    given = SHIPPED.model_dump(mode="json", by_alias=True)
    for path in REACHES:
        held = given
        for part in path.split("."):
            assert part in held, path
            held = held[part]


def test_what_is_said_to_be_read_by_nothing_is_read_by_nothing() -> None:
    """Once it is, its reach is another: take it out of REACHES."""
    idle = {path.rpartition(".")[2] for path, reach in REACHES.items() if reach is Reach.NOTHING} - {"share"}
    sources = [path for folder in ("streams", "sinks") for path in (PROJECT / folder).rglob("*.py")]
    assert len(sources) > 50
    assert {name for path in sources for name in idle if f".{name}" in path.read_text(encoding="utf-8")} == set()
    assert reach_of("sessions.gap_s") is Reach.ROWS


def test_the_page_explains_every_section_and_every_field() -> None:
    page = (PROJECT / "docs" / "rules.md").read_text(encoding="utf-8")
    for section, model in Rules.model_fields.items():
        assert f"\n## {section}\n" in page, section
        assert SECTIONS[section].does in page, section
        told = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
        assert {name for name in fields_of(model.annotation) if f"`{name}`" not in told} == set(), section


def fields_of(annotation: Any) -> set[str]:
    """Names of the fields of every model in a type, as they stand in the file."""
    if isinstance(annotation, type) and issubclass(annotation, RuleModel):
        below = [fields_of(field.annotation) for field in annotation.model_fields.values()]
        return {field.alias or name for name, field in annotation.model_fields.items()}.union(*below)
    return set[str]().union(*(fields_of(part) for part in get_args(annotation)))
