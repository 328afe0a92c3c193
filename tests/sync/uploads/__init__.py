"""Whose bytes are these: the journal, what was left over, what may be deleted."""
