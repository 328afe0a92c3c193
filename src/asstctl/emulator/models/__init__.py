"""What answers: the offline model, or any chat-completions endpoint."""
