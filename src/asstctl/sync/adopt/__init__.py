"""Adopting: what the command ``import`` does. An object made by hand becomes the project's own."""
