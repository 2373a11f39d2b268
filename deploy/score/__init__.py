"""How well who is who matches a known truth: a simulated world is stitched, and every pair of its events is judged."""
