"""From a file's bytes to passages of text."""
