"""Likeness by the Fellegi-Sunter model of Splink on DuckDB: who of these records might be one, with a score and its reasons.

Trained on the records themselves, without labels: how often two that are not the same agree by chance is sampled, how often two that are
the same agree is found by expectation maximisation. What too few records can teach stays at Splink's starting values.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any, Final

import duckdb
import splink.comparison_library as compare
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.comparison_creator import ComparisonCreator
from splink.internals.exceptions import EMTrainingException

from deploy.suggest.records import Fields

SEED: Final = 1
PAIRS_SAMPLED: Final = 1e6
FOUND_BY_EQUALITY: Final = 0.6
"""share of the true pairs that agree on a whole address, or on name and postcode: makes the prior; Splink asks for such a guess"""
_COLUMNS: Final = {
    "unique_id": "VARCHAR", "given": "VARCHAR", "family": "VARCHAR", "address": "VARCHAR", "postcode": "VARCHAR", "emails": "VARCHAR[]",
    "phones": "VARCHAR[]", "mail_head": "VARCHAR", "mail_tail": "VARCHAR", "phone": "VARCHAR",
}  # fmt: skip
"""In the order of `Fields`, behind the id."""
_BLOCKS: Final = (
    ("family", "given"), ("postcode", "substr(family, 1, 2)"), ("postcode", "substr(given, 1, 2)"), ("substr(address, 1, 6)",),
    ("family", "substr(postcode, 1, 2)"), ("mail_head",), ("mail_tail",), ("phone",),
)  # fmt: skip
"""Two records are compared where they agree on all of one line."""


@dataclass(frozen=True, slots=True)
class _Compared:
    """`same`: the level of full agreement; those below it down to 1 are likeness, 0 is none. `column` is null where nothing is known."""

    word: str
    column: str
    same: int
    comparison: Callable[[], ComparisonCreator]


_COMPARED: Final = {
    "given_family": _Compared("name", "family", 6, lambda: compare.ForenameSurnameComparison("given", "family")),
    "address": _Compared("address", "address", 4, lambda: compare.JaroWinklerAtThresholds("address", [0.95, 0.88, 0.8])),
    "postcode": _Compared("postcode", "postcode", 2, lambda: compare.LevenshteinAtThresholds("postcode", [1])),
    "emails": _Compared("e-mail", "emails", 3, lambda: _nearest("emails", [1, 2])),
    "phones": _Compared("phone", "phones", 2, lambda: _nearest("phones", [1])),
}


_TRAINED_BY: Final = {("postcode",): "postcode", ("family", "given"): "given_family"}
"""Records that agree on these columns teach how the others agree; the comparison that is settled by them learns nothing."""


def _nearest(column: str, edits: list[int]) -> ComparisonCreator:
    """Of two lists the two values that are most alike."""
    return compare.PairwiseStringDistanceFunctionAtThresholds(column, "damerau_levenshtein", edits)


@dataclass(frozen=True, slots=True)
class Likeness:
    """`score` from 0 to 1: the probability that both are one, as the model has it. `first` < `second`."""

    first: str
    second: str
    score: float
    reason: str


def find(records: Mapping[str, Fields], threshold: float) -> list[Likeness]:
    """Pairs with at least this score, best first; the same records give the same answer. Where no two have a field in common: none."""
    used = _used(records.values())
    if not used:
        return []
    logging.getLogger("splink").setLevel(logging.ERROR)  # it tells every step of the training
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET threads = 1; SET lambda_syntax = 'ENABLE_SINGLE_ARROW'")  # the latter for Splink's own SQL
        _load(connection, records)
        settings = _settings(list(records.values()), used)
        linker = Linker("records", settings, DuckDBAPI(connection), set_up_basic_logging=False)
        _train(linker, used)
        found = linker.inference.predict(threshold_match_probability=threshold).as_record_dict()
    return sorted(map(_likeness, found), key=lambda pair: (-pair.score, pair.first, pair.second))


def _load(connection: duckdb.DuckDBPyConnection, records: Mapping[str, Fields]) -> None:
    """Column by column: row by row it takes 140 times as long."""
    columns = zip(*((unique_id, *astuple(fields)) for unique_id, fields in sorted(records.items())), strict=True)
    connection.execute(f"CREATE TABLE records ({', '.join(f'{name} {kind}' for name, kind in _COLUMNS.items())})")
    unpacked = ", ".join(f"unnest(?::{kind}[])" for kind in _COLUMNS.values())
    connection.execute(f"INSERT INTO records SELECT {unpacked}", [list(column) for column in columns])


def _used(records: Collection[Fields]) -> list[str]:
    """Only what at least two records have is compared: of the rest nothing can be learnt."""
    return [name for name, one in _COMPARED.items() if sum(getattr(record, one.column) is not None for record in records) > 1]


def _settings(records: Sequence[Fields], used: Collection[str]) -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in _BLOCKS],
        comparisons=[_COMPARED[name].comparison() for name in used],
        probability_two_random_records_match=_prior(records),
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
    )


def _prior(records: Sequence[Fields]) -> float:
    """The share of all pairs that is true, reckoned from those that agree outright; at least one pair is expected."""
    by_address = Counter(r.address for r in records if r.address)
    by_name = Counter((r.given, r.family, r.postcode) for r in records if r.family and r.postcode)
    agreeing = max(sum(n * (n - 1) // 2 for n in counts.values()) for counts in (by_address, by_name))
    return min(max(agreeing / FOUND_BY_EQUALITY, 1.0) / (len(records) * (len(records) - 1) / 2), 0.5)


def _train(linker: Linker, used: Collection[str]) -> None:
    linker.training.estimate_u_using_random_sampling(PAIRS_SAMPLED, seed=SEED)
    for columns, settled in _TRAINED_BY.items():
        if not set(used) - {settled}:  # Splink would drop the only comparison there is
            continue
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
        except EMTrainingException:  # no two records agree here, or all of them do: nothing is learnt from this line
            continue


def _likeness(row: Mapping[str, Any]) -> Likeness:
    first, second = sorted((str(row["unique_id_l"]), str(row["unique_id_r"])))
    return Likeness(first, second, round(float(row["match_probability"]), 6), "; ".join(_reasons(row)))


def _reasons(row: Mapping[str, Any]) -> Iterator[str]:
    """What agrees and what does not, without a value."""
    for name, compared in _COMPARED.items():
        level = row.get(f"gamma_{name}", -1)
        if level >= 0:
            yield f"{'same' if level == compared.same else 'similar' if level else 'other'} {compared.word}"
