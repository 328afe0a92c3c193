"""Runs that were written down: read back, judged again, and compared with others."""
