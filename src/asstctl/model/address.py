"""Addresses: ``assistant.travel-guide``, ``vector_store.docs``, ``environment.sandbox``."""

import re
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Self

KEY_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?")
"""A resource's key: 1 to 64 of ``a-z 0-9 - _``, a letter or digit at both ends."""


class Kind(StrEnum):
    """What an address can name. The order of members is the order of dependence."""

    FILE = "file"
    VECTOR_STORE = "vector_store"
    ENVIRONMENT = "environment"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Address:
    """One resource of a project: its kind and its key (for a file: its path)."""

    kind: Kind
    key: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``kind.key``. Raises ValueError for any other shape."""
        kind, dot, key = text.partition(".")
        if not dot or not key:
            raise ValueError(f"{text!r} is not an address: write KIND.KEY, as in assistant.support")
        return cls(Kind(kind), key)

    def matches(self, pattern: str) -> bool:
        """Whether this address is meant by ``pattern``, an address with optional globs."""
        return fnmatchcase(str(self), pattern)

    def __str__(self) -> str:
        return f"{self.kind}.{self.key}"
