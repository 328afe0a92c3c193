"""What a person with a browser sees: what the account holds, and a conversation with it."""
