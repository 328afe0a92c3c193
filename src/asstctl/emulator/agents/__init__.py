"""Agents, what their sessions work in, and the sessions' turns."""
