"""Reads rules.yaml. The one copy of the shipped rules lies in the package `schemas`; `rules.yaml` at the project's root is a link to it."""

from importlib.resources import files
from pathlib import Path

from schemas.errors import ConfigurationError
from schemas.rules import Rules, rules_from


def load_rules(path: Path | None = None) -> Rules:
    """The rules of a file, or the shipped ones; ConfigurationError where the file cannot be read, RulesInvalid where it is wrong."""
    try:
        text = (files("schemas") / "rules.yaml" if path is None else path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as why:
        remedy = "name a readable rules.yaml, or none for the shipped one"
        raise ConfigurationError(f"the rules in {path} cannot be read: {type(why).__name__}", setting="rules_path", remedy=remedy) from None
    return rules_from(text)
