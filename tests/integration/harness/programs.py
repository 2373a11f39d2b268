"""The chaos suite's processes, under the names that the tests know."""

from deploy.chaos.programs import KILLED, Program, until

__all__ = ["KILLED", "Program", "until"]
