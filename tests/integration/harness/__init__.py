"""What the end-to-end proofs need: a line of real parts, sets of events, and what must come out of them."""
