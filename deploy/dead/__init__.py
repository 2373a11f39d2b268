"""Dead letters, looked at and decided on: `tracker dead`."""
