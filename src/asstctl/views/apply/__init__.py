"""What an apply did, and what it is doing: for people, as JSON, while it runs."""
