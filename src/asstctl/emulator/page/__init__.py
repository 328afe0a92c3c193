"""The read-only page at ``/``: what the account holds, for a person with a browser."""
