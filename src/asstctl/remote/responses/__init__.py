"""Responses: files and vector stores on the server, the assistants in a file, the *bundle*."""
