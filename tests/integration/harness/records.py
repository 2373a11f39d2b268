"""The chaos suite's records, under the names that the tests know."""

from deploy.chaos.records import Record, disordered, record_of

__all__ = ["Record", "disordered", "record_of"]
