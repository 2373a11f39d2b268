"""Coverage of a partition of raw by the ledger: intervals that are told, and holes below them."""

from collections.abc import Iterator


class Coverage:
    """Disjoint intervals of offsets, both ends inclusive, sorted; adding one joins what touches."""

    def __init__(self) -> None:
        self._intervals: list[tuple[int, int]] = []

    def add(self, first: int, last: int) -> None:
        """Takes a range in; ranges may overlap and come in any order."""
        if self._intervals and self._intervals[-1][0] <= first <= self._intervals[-1][1] + 1:
            begin, end = self._intervals[-1]
            self._intervals[-1] = (begin, max(end, last))
            return
        kept = [i for i in self._intervals if i[1] < first - 1 or i[0] > last + 1]
        joined = [i for i in self._intervals if not (i[1] < first - 1 or i[0] > last + 1)]
        kept.append((min([first, *(i[0] for i in joined)]), max([last, *(i[1] for i in joined)])))
        self._intervals = sorted(kept)

    @property
    def intervals(self) -> list[tuple[int, int]]:
        """In order, both ends inclusive."""
        return list(self._intervals)

    def holes(self, start: int) -> Iterator[tuple[int, int]]:
        """Ranges from `start` (the first offset that the log still has) that lie below a covered one and are not covered."""
        position = start
        for first, last in self._intervals:
            if first > position:
                yield position, first - 1
            position = max(position, last + 1)

    def end(self, start: int) -> int:
        """The first offset from `start` on that is not covered."""
        return next((hole[0] for hole in self.holes(start)), max(start, self._intervals[-1][1] + 1 if self._intervals else start))
