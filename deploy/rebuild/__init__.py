"""A generation built from `touchpoints.raw` beside the live one, compared with it, and put in its place."""
