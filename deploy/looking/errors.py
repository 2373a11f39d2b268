"""What keeps us from showing somebody."""

from schemas.errors import Fatal


class NobodyFound(Fatal):
    """No customer, or more than one, is meant by the words on the command line."""
