"""Benches: `python -m deploy.bench` prints what an event costs, by process on the real parts and by step in one process."""
