"""Holds conversations, runs prompts and judges the answers."""
