"""Any OpenAI-compatible chat-completions endpoint as the model behind runs."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asstctl.emulator.models.base import Model


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where the endpoint is (``…/v1``), the key for it, and the model's name there."""

    base_url: str
    api_key: str = field(repr=False)
    name: str

    def connect(self) -> "Model":
        """Open a client for it."""
        from asstctl.emulator.models.chat import ChatModel

        return ChatModel(self.base_url, self.api_key, self.name)
