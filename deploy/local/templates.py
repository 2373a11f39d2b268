"""Configuration files from the templates that lie in the packages."""

from __future__ import annotations

from collections.abc import Mapping


def render(package: str, template: str, values: Mapping[str, object]) -> str:
    """Escapes values in *.xml.j2; a name that the template asks for and `values` lacks is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # late: `tracker status` needs no templates

    environment = Environment(
        loader=PackageLoader(package, ""),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("xml.j2",), default_for_string=False),
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(values)
