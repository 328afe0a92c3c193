"""What the account remembers: one SQLite file or PostgreSQL database, behind typed functions."""
