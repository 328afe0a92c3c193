"""What documents are made of, and the way to a place in one."""

from typing import Any, TypeAlias

Plain: TypeAlias = Any
"""What JSON can say: None, bool, int, float, str, list or dict with text keys."""

Path: TypeAlias = tuple[str | int, ...]
"""The way from a document's top to a value: field names and list positions."""
