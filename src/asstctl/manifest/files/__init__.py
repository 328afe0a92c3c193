"""The files of a project: paths kept inside it, globs, and what documents name."""
