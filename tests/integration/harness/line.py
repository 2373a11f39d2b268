"""The chaos suite's line, under the names that the tests know."""

from deploy.chaos.line import PARTITIONS, Line, Prints, beside, killed, own_kafka, sender, started

__all__ = ["PARTITIONS", "Line", "Prints", "beside", "killed", "own_kafka", "sender", "started"]
