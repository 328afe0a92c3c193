"""How what the manual says is shown."""
