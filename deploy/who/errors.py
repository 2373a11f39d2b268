"""What keeps us from telling who is who."""

from schemas.errors import Fatal


class NotNamed(Fatal):
    """The words on the command line name no identity."""


class NotSeen(Fatal):
    """A statement was sent, and who is who does not show it yet."""
