"""Requests as they would be sent: JSON."""
