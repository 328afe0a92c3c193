"""The adapter of Assistants v2."""
