"""Alerts while there is time: reasons follow from a customer's facts, and fire when the partition's own time reaches them."""
