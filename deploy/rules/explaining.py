"""What `tracker rules check` says of rules that can be used."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from deploy.rules.changes import changes
from deploy.rules.force import InForce
from deploy.rules.sections import SECTIONS
from deploy.rules.warnings import version_warning, warnings
from schemas.errors import ConfigurationError
from schemas.rules import rules_from
from streams.rules_file import load_rules


def text_at(path: Path | None) -> str:
    """Of a file, or of the shipped rules; ConfigurationError where it cannot be read."""
    try:
        return (files("schemas") / "rules.yaml" if path is None else path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise ConfigurationError(
            f"the rules in {path} cannot be read: {type(why).__name__}", setting="rules_path", remedy="name a readable rules.yaml"
        ) from None


def explained(text: str, force: InForce | None) -> dict[str, Any]:
    """`force`: the rules with which the version is compared; None where it is these themselves."""
    rules, shipped = rules_from(text), load_rules()
    odd = warnings(rules, shipped)
    if force is not None and (version := version_warning(rules, force.rules)):
        odd.insert(0, version)
    return {
        "version": rules.version,
        "digest": rules.digest,
        "sections": {name: section.does for name, section in SECTIONS.items()},
        "differs_from_shipped": changes(shipped, rules),
        "warnings": [{"field": field, "message": message} for field, message in odd],
    }
