"""The account as one SQLite file, or in memory: the default, which needs nothing."""
