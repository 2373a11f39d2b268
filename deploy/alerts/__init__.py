"""Alerts for people who can still act: told to a webhook, listed, followed."""
