"""The port between search and what turns a text into a vector that stands for its meaning."""

from collections.abc import Sequence
from typing import Protocol


class EmbeddingError(Exception):
    """Texts could not be embedded; its words name the endpoint, and never its key."""


class Embedder(Protocol):
    """Something that embeds texts.

    ``name`` stands for the model and where it runs: only vectors of one name can be compared.
    """

    @property
    def name(self) -> str:
        """What vectors are kept under."""
        ...

    async def embed(self, texts: Sequence[str], *, patient: bool) -> list[bytes]:
        """Give a vector for each text, in the form of `asstctl.emulator.vector`.

        ``patient`` is who rather waits for some seconds than goes without. Raises `EmbeddingError`
        when there is no answer, or none that makes sense.
        """
        ...

    async def close(self) -> None:
        """Close connections, if there are any."""
        ...
