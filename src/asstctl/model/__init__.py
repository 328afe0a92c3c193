"""The frozen vocabulary that every other room speaks: addresses, assistants, stores, files."""
