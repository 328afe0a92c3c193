"""The account port over Assistants v2."""

from typing import Final

from asstctl.model.address import Kind
from asstctl.model.assistant import AssistantSpec
from asstctl.remote.assistants.decode_objects import read_assistant
from asstctl.remote.assistants.encode_objects import assistant_body
from asstctl.remote.storage.account import StorageAccount
from asstctl.remote.storage.gone import NOT_HERE, api_gone
from asstctl.remote.storage.kept_id import KeptId
from asstctl.remote.storage.pages import read_pages
from asstctl.remote.wire.failures import naming_model
from asstctl.remote.wire.paths import path_to
from asstctl.sync.ports import AccountError, AssistantList, RemoteAssistant

_PATH: Final = "/assistants"


class AssistantsAccount(StorageAccount):
    """The port of sync over Assistants v2.

    ``sync.ports.Account`` documents every method; here is only what this API adds.
    """

    async def list_assistants(self) -> AssistantList:
        """Every assistant; ``cut`` when the list may hide some.

        A 404 on the collection means that the API is gone, not that it is empty: ApiGoneError.
        """
        try:
            listing = await read_pages(self._wire, _PATH, read_assistant)
        except AccountError as error:
            if error.failure in NOT_HERE:
                raise api_gone(
                    "Assistants API", _PATH, account=self._name, root=self._wire.root, error=error
                ) from error
            raise
        return AssistantList(listing.items, cut=listing.cut)

    async def get_assistant(self, assistant_id: str) -> RemoteAssistant | None:
        """One assistant; None when it does not exist."""
        answer = await self.get_or_none(path_to("assistants", assistant_id))
        return None if answer is None else answer.read(read_assistant)

    async def create_assistant(self, spec: AssistantSpec) -> RemoteAssistant:
        """Create an assistant. Not idempotent: see ``Wire.create``."""
        with naming_model(spec.model, self._wire.sensitive):
            kept = KeptId.of(self._ids, Kind.ASSISTANT, spec.metadata)
            made = await self._wire.create(_PATH, assistant_body(spec), headers=kept.headers)
            return kept.checked(made.read(read_assistant))

    async def update_assistant(
        self, assistant_id: str, spec: AssistantSpec, *, was: AssistantSpec
    ) -> RemoteAssistant:
        """Update an assistant to ``spec``; fields that only ``was`` has are cleared."""
        body = assistant_body(spec, was=was)
        path = path_to("assistants", assistant_id)
        with naming_model(spec.model, self._wire.sensitive):
            return (await self._wire.post(path, body)).read(read_assistant)

    async def delete_assistant(self, assistant_id: str) -> None:
        """Delete an assistant; fine when it is gone already. Raises NotKeptError if it stays."""
        await self.delete(path_to("assistants", assistant_id), assistant_id)
