"""The account port over Assistants v2."""

from typing import Final
from urllib.parse import urlsplit

from asstctl.model.assistant import AssistantSpec
from asstctl.remote.assistants.decode_objects import read_assistant
from asstctl.remote.assistants.encode_objects import assistant_body
from asstctl.remote.storage.account import StorageAccount
from asstctl.remote.storage.pages import read_pages
from asstctl.remote.wire.paths import path_to
from asstctl.sync.ports import (
    AccountError,
    ApiGoneError,
    AssistantList,
    Failure,
    RemoteAssistant,
)

_NOT_HERE: Final = (Failure.MISSING, Failure.UNSUPPORTED)


class AssistantsAccount(StorageAccount):
    """The port of sync over Assistants v2.

    ``sync.ports.Account`` documents every method; here is only what this API adds.
    """

    async def list_assistants(self) -> AssistantList:
        """Every assistant; ``cut`` when the list may hide some.

        A 404 on the collection means that the API is gone, not that it is empty: ApiGoneError.
        """
        try:
            listing = await read_pages(self._wire, "/assistants", read_assistant)
        except AccountError as error:
            if error.failure in _NOT_HERE:
                raise _gone(self._name, self._wire.root, error) from error
            raise
        return AssistantList(listing.items, cut=listing.cut)

    async def get_assistant(self, assistant_id: str) -> RemoteAssistant | None:
        """One assistant; None when it does not exist."""
        answer = await self.get_or_none(path_to("assistants", assistant_id))
        return None if answer is None else answer.read(read_assistant)

    async def create_assistant(self, spec: AssistantSpec) -> RemoteAssistant:
        """Create an assistant. Not idempotent: see ``Wire.create``."""
        return (await self._wire.create("/assistants", assistant_body(spec))).read(read_assistant)

    async def update_assistant(
        self, assistant_id: str, spec: AssistantSpec, *, was: AssistantSpec
    ) -> RemoteAssistant:
        """Update an assistant to ``spec``; fields that only ``was`` has are cleared."""
        body = assistant_body(spec, was=was)
        return (await self._wire.post(path_to("assistants", assistant_id), body)).read(
            read_assistant
        )

    async def delete_assistant(self, assistant_id: str) -> None:
        """Delete an assistant; fine when it is gone already. Raises NotKeptError if it stays."""
        await self.delete(path_to("assistants", assistant_id), assistant_id)


def _gone(account: str, root: str, error: AccountError) -> ApiGoneError:
    url = root.rstrip("/")
    versioned = any(part in urlsplit(url).path for part in ("/v1", "/openai"))
    hint = "" if versioned else " `base_url` has no `/v1`, which most servers want."
    return ApiGoneError(
        f"there is no Assistants API at {account}: HTTP {error.status} for GET {url}/assistants",
        failure=Failure.GONE,
        status=error.status,
        why="The whole collection is missing, so nothing can be said about what the account holds."
        f"{hint} OpenAI switched its Assistants API off on 2026-08-26.",
        fix=f"{f'Try {url}/v1. ' if hint else ''}Point the target's `base_url` at a service that "
        "speaks Assistants v2, or use a target with `api: local`.",
    )
