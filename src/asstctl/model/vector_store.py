"""What a vector store is, in the API's own words."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Chunking:
    """How a file is cut before it is indexed, in tokens. The API's ``auto`` is 800 and 400."""

    max_chunk_size_tokens: int = 800
    chunk_overlap_tokens: int = 400

    @property
    def is_default(self) -> bool:
        """Whether this is what the API calls ``auto``."""
        return self == AUTO_CHUNKING


AUTO_CHUNKING = Chunking()


@dataclass(frozen=True, slots=True)
class StoreFile:
    """One file of a store: a reference (see ``VectorStoreSpec.files``) and how it is cut.

    ``name`` is what citations show; None when it is not known.
    """

    ref: str
    chunking: Chunking = AUTO_CHUNKING
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorStoreSpec:
    """One vector store's configuration; None means that it was not set.

    Like an assistant's, its ``files`` refer to content hashes when the spec is **named** and to
    the account's file ids when it is **bound**.
    """

    name: str | None = None
    expires_after_days: int | None = None
    files: tuple[StoreFile, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
