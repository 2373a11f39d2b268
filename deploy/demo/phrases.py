"""The words of the timeline, of which the demo and the scoreboard take some."""

from deploy.looking.phrases import length, percent, phrase

__all__ = ["length", "percent", "phrase"]
