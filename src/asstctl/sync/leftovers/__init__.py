"""Uploads that this project made and nothing refers to any more: used again, or cleared away."""
