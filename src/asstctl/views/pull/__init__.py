"""What was pulled, for people."""
