"""Suggestions of who might be one customer: found by likeness, decided by people, never applied by themselves."""
