"""OpenAI-compatible endpoints behind the account: one that answers, one that embeds."""

from typing import TYPE_CHECKING

from asstctl.emulator.models.endpoint import EmbeddingEndpoint, Endpoint

if TYPE_CHECKING:
    from asstctl.emulator.models.base import Model
    from asstctl.emulator.models.embedder import Embedder


class Upstream(Endpoint):
    """An endpoint that answers for the account."""

    __slots__ = ()

    def connect(self) -> "Model":
        """Open a client for it."""
        from asstctl.emulator.models.chat import ChatModel

        return ChatModel(self)


class Embeddings(EmbeddingEndpoint):
    """An endpoint that tells what texts mean."""

    __slots__ = ()

    def connect(self) -> "Embedder":
        """Open a client for it."""
        from asstctl.emulator.models.embedding import EmbeddingModel

        return EmbeddingModel(self)
