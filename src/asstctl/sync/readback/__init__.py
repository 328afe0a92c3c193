"""What came of the writes: read back, compared, and checked for another apply at the same time."""
