"""The smoke cases that one entry of a manifest makes: of a file's rows, and of a matrix."""
