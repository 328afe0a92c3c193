"""The account port over the Agents API: agents, and the environments that their sessions run in."""

from dataclasses import replace
from typing import ClassVar, Final

from asstctl.model.assistant import AssistantSpec
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.stamp import ENVIRONMENT
from asstctl.remote.agents.decode import read_agent
from asstctl.remote.agents.encode import agent_body
from asstctl.remote.agents.templates import read_template, template_body
from asstctl.remote.storage.account import StorageAccount
from asstctl.remote.storage.gone import NOT_HERE, api_gone
from asstctl.remote.storage.pages import read_pages
from asstctl.remote.wire.failures import naming_model
from asstctl.remote.wire.paths import path_to
from asstctl.sync.ports import (
    AccountError,
    AssistantList,
    EnvironmentList,
    RemoteAssistant,
    RemoteEnvironment,
)

_AGENTS: Final = "/agents"
_TEMPLATES: Final = ("agents", "environments", "templates")


class AgentsAccount(StorageAccount):
    """The port of sync over the Agents API.

    ``sync.ports.Account`` documents every method; here is only what this API adds.
    """

    PURPOSE: ClassVar[str] = "user_data"

    async def list_assistants(self) -> AssistantList:
        """Every agent; ``cut`` when the list may hide some.

        A 404 on the collection means that the API is not there, not that it is empty: ApiGoneError.
        """
        try:
            listing = await read_pages(self._wire, _AGENTS, read_agent)
        except AccountError as error:
            if error.failure in NOT_HERE:
                raise api_gone(
                    "Agents API", _AGENTS, account=self._name, root=self._wire.root, error=error
                ) from error
            raise
        return AssistantList(listing.items, cut=listing.cut)

    async def get_assistant(self, assistant_id: str) -> RemoteAssistant | None:
        """One agent; None when it does not exist."""
        answer = await self.get_or_none(path_to("agents", assistant_id))
        return None if answer is None else answer.read(read_agent)

    async def create_assistant(self, spec: AssistantSpec) -> RemoteAssistant:
        """Create an agent. Not idempotent: see ``Wire.create``."""
        with naming_model(spec.model, self._wire.sensitive):
            return (await self._wire.create(_AGENTS, agent_body(spec))).read(read_agent)

    async def update_assistant(
        self, assistant_id: str, spec: AssistantSpec, *, was: AssistantSpec
    ) -> RemoteAssistant:
        """Update an agent to ``spec``. Sessions that exist keep the agent that they began with.

        A server that merges metadata would hold on to an environment that the agent is to let go
        of: there an empty id takes its place.
        """
        updated = await self._updated(assistant_id, spec, was)
        if spec.environment is not None or updated.spec.environment is None:
            return updated
        without = replace(spec, metadata={**spec.metadata, ENVIRONMENT: ""})
        return await self._updated(assistant_id, without, updated.spec)

    async def delete_assistant(self, assistant_id: str) -> None:
        """Delete an agent; fine when it is gone already. Raises NotKeptError if it stays."""
        await self.delete(path_to("agents", assistant_id), assistant_id)

    async def list_environments(self) -> EnvironmentList:
        """Every environment template; ``cut`` when the list may hide some."""
        listing = await read_pages(self._wire, path_to(*_TEMPLATES), read_template)
        return EnvironmentList(listing.items, cut=listing.cut)

    async def get_environment(self, environment_id: str) -> RemoteEnvironment | None:
        """One environment template; None when it does not exist."""
        answer = await self.get_or_none(path_to(*_TEMPLATES, environment_id))
        return None if answer is None else answer.read(read_template)

    async def create_environment(self, spec: EnvironmentSpec) -> RemoteEnvironment:
        """Create an environment template. Not idempotent: see ``Wire.create``."""
        body = template_body(spec, creates=True)
        return (await self._wire.create(path_to(*_TEMPLATES), body)).read(read_template)

    async def update_environment(
        self, environment_id: str, spec: EnvironmentSpec
    ) -> RemoteEnvironment:
        """Make a template equal to ``spec``; sandboxes that exist stay as they are."""
        path, body = path_to(*_TEMPLATES, environment_id), template_body(spec, creates=False)
        return (await self._wire.post(path, body)).read(read_template)

    async def rename_environment(self, environment_id: str, name: str) -> RemoteEnvironment:
        """Give a template another name; what is left out of an update stays as it is."""
        path = path_to(*_TEMPLATES, environment_id)
        return (await self._wire.post(path, {"name": name})).read(read_template)

    async def delete_environment(self, environment_id: str) -> None:
        """Delete a template; fine when it is gone already. Raises NotKeptError if it stays."""
        await self.delete(path_to(*_TEMPLATES, environment_id), environment_id)

    async def _updated(
        self, agent_id: str, spec: AssistantSpec, was: AssistantSpec
    ) -> RemoteAssistant:
        body = agent_body(spec, was=was)
        with naming_model(spec.model, self._wire.sensitive):
            return (await self._wire.post(path_to("agents", agent_id), body)).read(read_agent)
