"""docs/score.md out of docs/score.json (pure); a test compares the two."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any, Final

from jinja2 import StrictUndefined, Template

Figures = Mapping[str, Any]
SHOWN: Final = 8
"""rows of what is left apart"""


def score_page(results: Figures) -> str:
    """The page, tables filled in."""
    aided = [one for one in results["worlds"] if one["world"]["aided"]]
    unaided = [one for one in results["worlds"] if not one["world"]["aided"]]
    text = (files("deploy.score") / "page.md.j2").read_text(encoding="utf-8")
    page: str = Template(text, undefined=StrictUndefined, keep_trailing_newline=True).render(
        seed=aided[0]["world"]["seed"],
        people=f"{aided[0]['world']['people']:,}",
        days=aided[0]["world"]["days"],
        worlds=_table(("seed", "events", "people", "customers", *SHARES), map(_world, aided)),
        kinds=_table(("first world", "people", "customers", "events", *KIND_SHARES), _kinds(aided[0])),
        apart=_table(("why", "who", "people", "pieces", "events", "pairs lost"), _apart(aided[0])),
        joined=_table(("seed", "they share", "who", "customers", "people", "wrong pairs"), _joined(aided)),
        unaided=_table(("seed", "events", "people", "customers", *SHARES), map(_world, unaided)),
        unaided_kinds=_table(("unaided, seed 1", "people", "customers", "events", *KIND_SHARES), _kinds(unaided[0])),
        unaided_joined=_table(("seed", "they share", "who", "customers", "people", "wrong pairs"), _joined(unaided)),
        febrl=_table(("set", "records", "true pairs", "threshold", "suggested", "precision", "recall", "F1"), _febrl(results)),
    )
    return page


SHARES: Final = ("precision", "recall", "F1", "connected", "touching", "B-cubed P", "R", "F1")
KIND_SHARES: Final = ("precision", "recall", "connected", "B-cubed P", "R", "F1")


def _world(one: Figures) -> tuple[str, ...]:
    overall, pairs, cubed = one["overall"], one["overall"]["pairwise"], one["overall"]["b_cubed"]
    counts = (one["world"]["seed"], f"{pairs['events']:,}", f"{overall['people']:,}", f"{overall['customers']:,}")
    recalls = (_share(overall["connected"]["recall"]), _share(one["touching"]["recall"]))
    return (*map(str, counts), *_three(pairs), *recalls, *_three(cubed))


def _kinds(one: Figures) -> Iterator[tuple[str, ...]]:
    for kind, found in sorted(one["by_difficulty"].items(), key=lambda pair: pair[0] != "none"):
        pairs = found["pairwise"]
        counts = (f"{found['people']:,}", f"{found['customers']:,}", f"{pairs['events']:,}")
        recalls = (_share(pairs["precision"]), _share(pairs["recall"]), _share(found["connected"]["recall"]))
        yield ("without difficulty" if kind == "none" else kind.replace("_", " "), *counts, *recalls, *_three(found["b_cubed"]))


def _apart(one: Figures) -> Iterator[tuple[str, ...]]:
    """By reason, the kinds of difficulty together."""
    by_reason: dict[str, list[Figures]] = defaultdict(list)
    for row in one["left_apart"]:
        by_reason[row["reason"]].append(row)
    ordered = sorted(by_reason.items(), key=lambda pair: -sum(row["pairs"] for row in pair[1]))
    for reason, rows in ordered[:SHOWN]:
        who = ", ".join(row["difficulty"].replace("_", " ") for row in rows)
        yield reason, who, *(f"{sum(row[name] for row in rows):,}" for name in ("people", "pieces", "events", "pairs"))


def _joined(worlds: Iterable[Figures]) -> Iterator[tuple[str, ...]]:
    for one in worlds:
        for row in one["joined"]:
            counts = (f"{row[name]:,}" for name in ("customers", "people", "pairs"))
            yield str(one["world"]["seed"]), row["shared"], row["difficulties"].replace("_", " "), *counts


def _febrl(results: Figures) -> Iterator[tuple[str, ...]]:
    for line in results["suggestions"]:
        counts = (line["name"], f"{line['records']:,}", f"{line['pairs']:,}", f"{line['threshold']:g}", f"{line['suggested']:,}")
        yield *counts, *(f"{line[name]:.4f}" for name in ("precision", "recall", "f1"))


def _three(score: Figures) -> tuple[str, ...]:
    return tuple(_share(score[name]) for name in ("precision", "recall", "f1"))


def _share(share: float) -> str:
    """Never rounded up to a whole: 99.996 % is not all."""
    return f"{int(share * 10_000) / 100:.2f} %"


def _table(names: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [names, tuple("---" for _ in names), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
