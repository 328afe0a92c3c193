"""What of an account is pulled, under which keys and paths."""
