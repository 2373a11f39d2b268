"""rules.yaml is refused with the field's name, or it is whole."""

from pathlib import Path

import pytest

from schemas.codec import Decoded, decode
from schemas.errors import ConfigurationError, RulesInvalid
from schemas.examples import example
from schemas.export import text_of
from schemas.identities import normalise_identity
from schemas.rules import Rules, rules_from
from schemas.rulesets.patterns import matches
from schemas.rulesets.service import days_of, minutes_of
from schemas.touchpoints import EVENT_TYPES
from schemas.vocabulary import IdentityKind, Scope, Stage
from streams.rules_file import load_rules

ROOT_FILE = Path(__file__).parents[2] / "rules.yaml"
TEXT = ROOT_FILE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rules() -> Rules:
    return rules_from(TEXT)


def test_the_file_at_the_root_is_the_one_that_the_package_ships(rules: Rules) -> None:
    assert ROOT_FILE.is_symlink()
    assert load_rules() == load_rules(ROOT_FILE) == rules


def test_rules_that_cannot_be_read_are_a_setting_to_correct(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_rules(tmp_path / "absent.yaml")


BROKEN = [
    ("order.*", "ordr.*", "stages.4.types.2"),
    ('support: ["ticket.*"', 'support: ["tickets.*"', "scopes.support.0"),
    ('stage: awareness}\n  - {types: ["return', 'stage: fame}\n  - {types: ["return', "stages.0.stage"),
    ("  - {stage: awareness}\n", "", "stages"),
    ("stages:  ", "stages:\n  - {stage: care}\n#", "stages"),
    ("{when: open_return,", "{when: open_returns,", "stages.7.when"),
    ("account:          {strength: 1,", "account:          {strength: 0,", "identity"),
    ("order:            {strength: 20,", "order:            {strength: 5,", "identity"),
    ("call:             {strength: 25, finds_only: true}", "", "identity"),
    ("ticket:           {strength: 24, finds_only: true}", "ticket: {strength: 24}", "identity"),
    ("limit: 1}     # one", "limits: 1}     # one", "identity.kinds.account.limits"),
    ("customer_number:  {", "customer_numbers: {", "identity.kinds.customer_numbers"),
    ("'^(no-?reply|asdf)@'", "'^(no-?reply@'", "identity.junk.email_patterns.0"),
    ("device_ownership: login", "device_ownership: luck", "identity.device_ownership"),
    ("gap_s: 1800", "gap_s: 0", "sessions.gap_s"),
    ("actors: [customer]", "actors: []", "sessions.actors"),
    ("  - explicit\n", "  - implicit\n", "sentiment.0"),
    ("score: -0.6}", "score: -6}", "sentiment.4.score"),
    ("score: -0.6}", "survey: csat}", "sentiment.4"),
    ("or: [sla_missed", "or: [sla_mist", "bad_experience.or.0"),
    ("timezone: UTC", "timezone: Mars/Base", "calendars.default.timezone"),
    ("holidays: null", "holidays: Bavaria", "calendars.default.holidays.0"),
    ("holidays: null", "holidays: [DE-XX]", "calendars.default.holidays.0"),
    ('hours: {mon-fri: ["09:00-18:00"]}', "hours: {}", ""),
    ("mon-fri:", "fri-mon:", "calendars.default.hours"),
    ('"09:00-18:00"', '"18:00-09:00"', "calendars.default.hours"),
    ("resolution_s: {default: 172800,", "resolution_s: {calendar: berlin, default: 172800,", ""),
    ("sla.at_risk", "sla.at.risk", "alerts.sla.at_risk"),
    ("drop: []", "drop: [{name: everything}]", "drop.0"),
    ("drop: []", "drop: [{name: a, types: [ad.shown]}, {name: a, types: [ad.clicked]}]", ""),
    ("json_depth: 32", "json_depth: 1000", "limits.json_depth"),
    ('earliest: "2000-01-01T00:00:00Z"', 'earliest: "2000-01-01"', "limits.earliest"),
    ("version: 1\n", "", "version"),
    ("experience: [", "adventure: [", "scopes.adventure"),
    ('experience: ["*"]', "experience: [ad.shown]", ""),
    ("bots: ", "robots: {}\nbots: ", "robots"),
]


@pytest.mark.parametrize(("good", "bad", "field"), BROKEN, ids=[f"{n}-{field}" for n, (_, _, field) in enumerate(BROKEN)])
def test_a_wrong_rule_is_refused_by_its_name(good: str, bad: str, field: str) -> None:
    assert good in TEXT, "this case breaks nothing"
    with pytest.raises(RulesInvalid) as refusal:
        rules_from(TEXT.replace(good, bad, 1))
    assert refusal.value.field == field
    assert refusal.value.remedy


@pytest.mark.parametrize("text", ["", "17", "- a", "a: [", "\0", "version: 1\nversion: 2\n", "? [a]\n: 1\n", "{a: 1}: 2", "a: 2026-13-45"])
def test_what_is_no_rules_file_at_all_is_refused(text: str) -> None:
    with pytest.raises(RulesInvalid):
        rules_from(text)


def test_a_doubled_key_is_refused_with_its_line() -> None:
    with pytest.raises(RulesInvalid, match=r"line .*'sessions' stands twice"):
        rules_from(TEXT + "\nsessions: {gap_s: 1}\n")


def test_every_touchpoint_has_a_stage_a_scope_and_an_owner(rules: Rules) -> None:
    for event_type, spec in EVENT_TYPES.items():
        assert rules.stage_rules_by_type[event_type][-1].always
        assert rules.scope_by_type[event_type] in Scope
        assert spec.channel is None or rules.owner_by_type[event_type]


def test_scopes_are_the_innermost_and_stages_the_first_that_match(rules: Rules) -> None:
    assert [rules.scope_by_type[t] for t in ("ticket.opened", "return.requested", "order.placed")] == list(Scope)
    assert [rule.stage for rule in rules.stage_rules_by_type["ad.shown"]] == [Stage.AWARENESS]
    assert [rule.stage for rule in rules.stage_rules_by_type["review.posted"]] == [Stage.RETURN, Stage.RENEWAL, Stage.CARE, Stage.AWARENESS]
    assert (rules.owner_by_type["order_issue.raised"], rules.owner_by_type["order.placed"]) == ("support", "sales")


@pytest.mark.parametrize(
    ("pattern", "event_type", "answer"),
    [
        ("ad.*", "ad.shown", True),
        ("ad.*", "ad_cost.reported", False),
        ("order.*", "order_issue.raised", False),
        ("*", "order.placed", True),
        ("order.placed", "order.placed", True),
        ("order.placed", "order.placed.again", False),
    ],
)
def test_a_pattern_covers_an_object_and_not_its_namesakes(pattern: str, event_type: str, answer: bool) -> None:
    assert matches(pattern, event_type) is answer


@pytest.mark.parametrize("kind", IdentityKind)
def test_junk_never_makes_a_dead_letter(rules: Rules, kind: IdentityKind) -> None:
    junk = rules.identity.junk
    raw_values = [*junk.values, *(value.upper() for value in junk.values)]
    raw_values += ["+0000000000", "000-000 0000"] if kind is IdentityKind.PHONE else []
    for value in raw_values:
        document = example("page.viewed", identities=[{"kind": kind.value, "value": value}])
        outcome = decode(text_of(document).encode(), rules.decode_limits)
        assert isinstance(outcome, Decoded), (value, outcome)
        assert junk.form(kind, outcome.event.identities[0].value) is not None


def test_junk_is_seen_after_normalising_too_and_nothing_else_is(rules: Rules) -> None:
    junk = rules.identity.junk
    addresses = ["No-Reply@shop.example", "x@mailinator.com", "anna@example.org"]
    seen = [junk.form(IdentityKind.EMAIL, normalise_identity(IdentityKind.EMAIL, value)) is not None for value in addresses]
    assert seen == [True, True, False]
    assert junk.form(IdentityKind.PHONE, "+15550123456") is not None
    assert junk.form(IdentityKind.PHONE, "+49301234567") is None
    assert junk.form(IdentityKind.ACCOUNT, "no-reply@shop.example") is None, "patterns are for their kind"


def test_the_digest_tells_rules_apart_and_forgets_spelling(rules: Rules) -> None:
    assert rules_from(TEXT.replace("gap_s: 1800", "gap_s:    1_800")).digest == rules.digest
    assert rules_from(TEXT.replace("gap_s: 1800", "gap_s: 1801")).digest != rules.digest
    assert rules.digest == "5f641792c6b3082d63c3aa2a93f1ef4e"


def test_the_order_of_the_owners_is_content_for_the_first_that_fits_is_taken(rules: Rules) -> None:
    lines = TEXT.splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if line.startswith("  marketing:"))
    lines[first : first + 2] = reversed(lines[first : first + 2])
    assert rules_from("".join(lines)).digest != rules.digest


def test_a_calendar_is_a_week_of_spans_in_minutes(rules: Rules) -> None:
    assert rules.calendars["default"].week == (((540, 1080),),) * 5 + ((), ())
    assert (minutes_of("00:00-24:00"), list(days_of("sat-sun")), list(days_of("wed"))) == ((0, 1440), [5, 6], [2])


def test_decoding_gets_the_limits_of_the_rules(rules: Rules) -> None:
    limits = rules.decode_limits
    assert (limits.event_bytes, limits.json_depth) == (65_536, 32)
