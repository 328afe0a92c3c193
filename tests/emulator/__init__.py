"""Tests of the local account."""
