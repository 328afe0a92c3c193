"""Runs: their states, what the model is told, and the work itself."""
