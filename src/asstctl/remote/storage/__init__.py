"""Vector stores and uploads, which every API has in the same form."""
