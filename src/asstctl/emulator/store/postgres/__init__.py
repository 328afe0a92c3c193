"""The account in a PostgreSQL database, which several processes may serve."""
