"""What was handed to Kafka and not yet answered, so that the backlog is told only what is delivered without a hole. Pure."""

from streams.backlog import Pending


class Outstanding:
    """Numbers go in rising; answers come in any order."""

    def __init__(self) -> None:
        self._waiting: dict[int, Pending] = {}
        self._beyond: set[int] = set()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def sent(self, pending: Pending) -> None:
        self._waiting[pending.number] = pending
        self.bytes += len(pending.value)

    def is_done(self, number: int) -> bool:
        """True where that event was answered although an earlier one was not: it is not sent again."""
        return number in self._beyond

    def answered(self, number: int) -> Pending | None:
        """The event, or None where its answer is already known (a link that was given up may still speak)."""
        pending = self._waiting.pop(number, None)
        if pending is not None:
            self.bytes -= len(pending.value)
            self._beyond.add(number)
        return pending

    def done_before(self, cursor: int) -> int:
        """All below this number are answered; `cursor` is the next to be sent."""
        done = next(iter(self._waiting), cursor)
        if len(self._beyond) > 2 * len(self._waiting) + 64:
            self._beyond = {number for number in self._beyond if number >= done}
        return done

    def give_up(self) -> None:
        """All that waits will be sent anew; what was answered beyond it is remembered."""
        self._waiting.clear()
        self.bytes = 0
