"""The chaos suite: `python -m deploy.chaos` breaks the real parts on purpose and counts what is missing, doubled or wrong afterwards."""
