"""The pure comparison."""
