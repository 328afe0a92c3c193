"""Responses and conversations: their items, their states, and how their work is kept."""
