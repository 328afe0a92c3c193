"""Taking over an object that somebody made by hand."""
