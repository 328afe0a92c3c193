"""Uploads that nothing refers to: for people and as JSON."""
