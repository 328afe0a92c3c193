"""Words for people, and the one function that makes any text safe to print."""
