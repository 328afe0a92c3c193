"""What a target can do: for people and as JSON."""
