"""The Agents API, as adapters of the ports of sync."""
