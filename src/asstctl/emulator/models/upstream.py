"""Any OpenAI-compatible chat-completions endpoint as the model behind runs."""

from typing import TYPE_CHECKING

from asstctl.emulator.models.endpoint import Endpoint

if TYPE_CHECKING:
    from asstctl.emulator.models.base import Model


class Upstream(Endpoint):
    """An endpoint that answers for the account."""

    __slots__ = ()

    def connect(self) -> "Model":
        """Open a client for it."""
        from asstctl.emulator.models.chat import ChatModel

        return ChatModel(self)
