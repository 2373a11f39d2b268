"""`python -m deploy.watching`: writes the page, the alerts and the dashboard anew."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from deploy.watching.alerts import rules_yaml
from deploy.watching.dashboard import dashboard_json
from deploy.watching.page import page

PROJECT: Final = Path(__file__).parents[2]
FILES: Final[Mapping[str, Callable[[], str]]] = {
    "docs/metrics-of-the-system.md": page,
    "deploy/prometheus/rules.yaml": rules_yaml,
    "deploy/dashboards/tracker.json": dashboard_json,
}


def main() -> None:
    """All of them."""
    for name, made in FILES.items():
        (PROJECT / name).write_text(made(), encoding="utf-8")


if __name__ == "__main__":
    main()
