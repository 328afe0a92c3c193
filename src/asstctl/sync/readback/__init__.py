"""What came of the writes: read back, compared, and checked for a concurrent apply."""
