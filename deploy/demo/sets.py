"""Which public data sets the demo knows, by the names of their files, and which mapping reads each."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

SOURCES: Final = Path(__file__).parent / "sources"
PATTERNS: Final = {
    "online_retail": ("online_retail*.csv*", "Online Retail*.csv*"),
    "completejourney_transactions": ("transactions*.csv*", "transactions*.parquet"),
    "completejourney_campaigns": ("campaigns.csv*",),
    "completejourney_coupons": ("coupon_redemptions.csv*",),
}
"""By the mapping's name in `sources`; the first pattern that finds something in the folder or below wins."""


@dataclass(frozen=True, slots=True)
class DataSet:
    name: str
    file: Path
    mapping: Path


def known_sets(folder: Path | None) -> list[DataSet]:
    """The sets that lie in `folder` or below it, in the order of PATTERNS; none where there is no folder."""
    if folder is None or not folder.is_dir():
        return []
    found = []
    for name, patterns in PATTERNS.items():
        file = next((path for pattern in patterns for path in sorted(folder.rglob(pattern))), None)
        mapping = SOURCES / f"{name}.yaml"
        if file is not None and mapping.exists():
            found.append(DataSet(name, file, mapping))
    return found
