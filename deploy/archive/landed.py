"""What of an archive is in a log already: told by the headers of restored records, so a restore that broke off goes on where it was."""

from collections.abc import Callable

from deploy.archive.log import Log
from deploy.archive.manifest import Manifest
from deploy.archive.records import MODULUS, kept_from, origin_of
from deploy.archive.verifying import spans


class Landed:
    """Reads a log once, from where it stopped the last time; a bit for each offset of the archive."""

    def __init__(self, log: Log, manifest: Manifest, secret: bytes) -> None:
        self._log, self._secret, self._topic_id = log, secret, manifest.topic_id
        self._spans = spans(manifest)
        self._seen = {p: bytearray((last - first) // 8 + 1) for p, (first, last) in self._spans.items()}
        self.counts = dict.fromkeys(self._spans, 0)
        self.sums = dict.fromkeys(self._spans, 0)
        self._read_to = log.begins()

    def has(self, partition: int, offset: int) -> bool:
        """Whether the record that lay there when it was archived is in the log."""
        byte, bit = divmod(offset - self._spans[partition][0], 8)
        return bool(self._seen[partition][byte] >> bit & 1)

    def read(self, tell: Callable[[int, int], None]) -> None:
        """Takes in what came since, up to the ends of now."""
        ends = self._log.ends()
        of, done = sum(ends[p] - self._read_to[p] for p in ends), 0
        for partition, end in ends.items():
            start = self._read_to[partition]
            for records, following in self._log.read(partition, start, end):
                for record in records:
                    self._take(record)
                tell(done + following - start, of)
            done += end - start
            self._read_to[partition] = end

    def _take(self, record: object) -> None:
        origin = origin_of(record)
        if origin is None or origin[0] != self._topic_id:
            return
        _, partition, offset = origin
        first, last = self._spans.get(partition, (0, -1))
        if first <= offset <= last and not self.has(partition, offset):
            byte, bit = divmod(offset - first, 8)
            self._seen[partition][byte] |= 1 << bit
            self.counts[partition] += 1
            self.sums[partition] = (self.sums[partition] + kept_from(record, self._secret).digest) % MODULUS
