"""`tracker health`: what workers and sinks answer on their health pages, gathered and judged."""
