"""The real command, from outside."""
