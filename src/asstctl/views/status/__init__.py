"""What is managed: for people, as JSON, as variables of a shell."""
