"""What the account remembers: one SQLite file, reached through small typed functions."""
