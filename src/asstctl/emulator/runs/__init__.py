"""Runs: their states, what the model is told, and how its work is kept."""
