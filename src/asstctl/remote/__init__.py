"""Adapters between the ports and real APIs; one package per API family."""
