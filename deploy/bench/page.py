"""docs/performance.md from the figures: what was measured, how, on what, against what was to be reached."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from deploy.bench.measures import MEASURES
from deploy.bench.results import PROJECT

PAGE = PROJECT / "docs" / "performance.md"
TEMPLATE = Path(__file__).parent / "performance.md.j2"


def page(results: dict[str, Any]) -> str:
    """The whole page; a measure without figures is said to be missing."""
    environment = Environment(
        loader=PackageLoader("deploy.bench", "."),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown
    )
    environment.filters["n"] = lambda value: f"{value:,.0f}"
    environment.filters["n1"] = lambda value: f"{value:,.1f}"
    figures = {name: results[name]["figures"] if name in results else None for name in MEASURES}
    return environment.get_template(TEMPLATE.name).render(runs=results, **figures)
