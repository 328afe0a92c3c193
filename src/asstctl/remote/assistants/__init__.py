"""The Assistants v2 API, as adapters of the ports of sync and of smoke."""
