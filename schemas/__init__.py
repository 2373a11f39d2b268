"""What the events are: pure models, words and rules; no clock, no random, no I/O.

Read in this order: `vocabulary`, `ids`, `normalise`, `identities`, `fields`, `envelope`, `touchpoints` (the catalogue), `examples`, `codec`
(bytes <-> events), `dead_letters`, `rules`, `topics`. `errors` has the error tree of the whole project.
"""
