"""Manifests written from what an account holds."""
