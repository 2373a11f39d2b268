"""Rules that are valid and probably not meant so. Pure."""

from collections.abc import Iterator

from deploy.rules.changes import changes
from deploy.rules.sections import Reach
from schemas.rules import Rules
from schemas.rulesets.patterns import any_matches
from schemas.touchpoints import EVENT_TYPES
from schemas.vocabulary import IdentityKind, Scope

Warned = tuple[str, str]
"""(field, what is odd about it and what to do)"""
SEVERAL = (IdentityKind.EMAIL, IdentityKind.PHONE, IdentityKind.SOCIAL, IdentityKind.DEVICE, IdentityKind.ANONYMOUS, IdentityKind.CLICK)
"""Kinds of which most people have several."""
FEW = 3
"""A limit below it on such a kind keeps ordinary people apart."""


def warnings(rules: Rules, shipped: Rules) -> list[Warned]:
    """In the order of the file."""
    return [*_identity(rules), *_times(rules), *_stages(rules), *_owners(rules), *_feelings(rules), *_idle(rules, shipped)]


def version_warning(rules: Rules, in_force: Rules) -> Warned | None:
    """A row must tell by its version which rules shaped it."""
    if rules.version > in_force.version or (rules.version == in_force.version and not changes(in_force, rules)):
        return None
    differs = "the content differs" if changes(in_force, rules) else "only the version differs"
    return "version", f"{differs} from the rules in force, which have version {in_force.version}: raise it to {in_force.version + 1}"


def _identity(rules: Rules) -> Iterator[Warned]:
    identity = rules.identity
    for kind, rule in identity.kinds.items():
        field = f"identity.kinds.{kind.value}"
        if kind in SEVERAL and rule.limit is not None and rule.limit < FEW:
            many = f"more than {rule.limit} of this kind become conflicts, and most people have several: raise the limit"
            yield f"{field}.limit", many
        if rule.shared_above is not None and not identity.shared_counts:
            yield f"{field}.shared_above", "never applies: shared_counts names no kind that is counted"
        if rule.finds_only and (rule.limit is not None or rule.shared_above is not None):
            yield field, "a number joins nobody, so limit and shared_above do nothing: leave them out"
    if identity.nobody_above > identity.component_cap:
        yield "identity.nobody_above", f"never reached: a customer ends at component_cap, {identity.component_cap} identities"


def _times(rules: Rules) -> Iterator[Warned]:
    if rules.sessions.gap_s >= rules.sessions.longest_h * 3_600:
        yield "sessions.gap_s", f"never ends a session: longest_h, {rules.sessions.longest_h} h, ends it before"
    if rules.sessions.gap_s > rules.journeys.gap_days * 86_400:
        yield "journeys.gap_days", "a journey ends before its sessions do: make it longer than sessions.gap_s"
    if rules.alerts.sla_at_risk.before_s >= rules.targets.first_response_s.default:
        yield "alerts.sla.at_risk.before_s", "as long as the target itself: every ticket is at risk when it is opened"


def _stages(rules: Rules) -> Iterator[Warned]:
    reached = {id(rule) for able in rules.stage_rules_by_type.values() for rule in able}
    for at, rule in enumerate(rules.stages):
        if id(rule) not in reached:
            yield f"stages.{at}", f"never matches ({rule.stage.value}): a rule before it takes all of its types; move it up"


def _owners(rules: Rules) -> Iterator[Warned]:
    for team, types in rules.owners.items():
        if not types:
            yield f"owners.{team}", "names no event types: give it some, or take it out"
        elif team not in rules.owner_by_type.values():
            yield f"owners.{team}", "is in charge of nothing: teams before it name all of its types"
    without = [event_type for event_type in EVENT_TYPES if event_type not in rules.owner_by_type]
    without = [t for t in without if not t.startswith(("identity.", "erasure.", "touchpoint."))]
    if without:
        yield "owners", f"nobody is in charge of {', '.join(without)}"
    for scope in (Scope.SUPPORT, Scope.SERVICE):
        if scope not in rules.scope_by_type.values():
            yield f"scopes.{scope.value}", "no event type is in it"


def _feelings(rules: Rules) -> Iterator[Warned]:
    seen: set[str] = set()
    for at, rule in enumerate(rules.sentiment):
        if rule.types is None:
            continue
        meant = {t for t in EVENT_TYPES if any_matches(rule.types, t)}
        if meant <= seen:
            yield f"sentiment.{at}", "never decides: rules before it score all of its types"
        seen |= meant
    if rules.bad_experience.score_at_most >= 0:
        yield "bad_experience.score_at_most", "what was neither good nor bad counts as a bad experience: take a score below 0"


def _idle(rules: Rules, shipped: Rules) -> Iterator[Warned]:
    for change in changes(shipped, rules):
        if change.reach is Reach.NOTHING:
            yield change.field, "is validated and read by nothing yet: the change has no effect"
    for at, rule in enumerate(rules.drop):
        yield f"drop.{at}", f"what {rule.name} drops is in no row and no figure, only counted"
