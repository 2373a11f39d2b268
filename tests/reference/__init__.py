"""An independent batch reading: what the live tables should hold, computed from the set of accepted events alone, in plain Python.

Written from the design's text, not from `streams`, which it never imports. Where the text leaves a choice, the module says which one
was taken. Reading order: rules, contents, identities, links, who, touches, stages, sentiment, sessions, journeys, customers, reading.
"""
