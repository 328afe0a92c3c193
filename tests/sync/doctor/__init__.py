"""Whether an account is fit to be managed, asked of accounts that are and that are not."""
