"""What an apply would do: for people, as JSON, as the Markdown of a pull request."""
