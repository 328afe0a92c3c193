"""Bodies of ``/agents``: what an agent is made of, and the tools that it names.

A field is nullable where the API's own description of it is; null means its default.
"""

import json
from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from asstctl.emulator.errors import rule
from asstctl.emulator.requests.common import (
    FunctionName,
    FunctionParameters,
    Metadata,
    Part,
    ReasoningEffort,
    TextFormat,
)

_TOOLS_BYTES = 3 * 1024 * 1024
ServiceTier = Literal["auto", "default", "flex", "priority", "fast", "ultrafast"]


# --- tools ---


class FunctionTool(Part):
    """A function of the application."""

    type: Literal["function"]
    name: FunctionName
    description: str
    parameters: FunctionParameters
    defer_loading: bool = False
    async_: bool = Field(default=False, alias="async")


class ToolSearch(Part):
    """Finds deferred functions."""

    type: Literal["tool_search"]


class ProgrammaticToolCalling(Part):
    """Calls tools from code that the model writes."""

    type: Literal["programmatic_tool_calling"]
    enabled: bool = True


class HttpTransport(Part):
    """An MCP server that is reached over HTTP; ``headers`` hold no secret."""

    type: Literal["http"]
    server_url: str
    headers: dict[str, str] | None = None


class StdioTransport(Part):
    """An MCP server that is started as a process."""

    type: Literal["stdio"]
    command: str
    cwd: str
    args: list[str] | None = None
    env_vars: list[str] | None = None


class Mcp(Part):
    """What every MCP server is told apart from how it is reached."""

    type: Literal["mcp"]
    server_label: str
    allowed_tools: list[str] | None = None
    connection_origin: Literal["service", "environment"] | None = None
    credential_id: str | None = None
    request_metadata: dict[str, Any] | None = None
    required: bool = False


class McpTool(Mcp):
    """The tools of an MCP server, as an agent keeps them: without credentials."""

    transport: Annotated[HttpTransport | StdioTransport, Field(discriminator="type")]


class SearchLocation(Part):
    """Where searches are made from, roughly."""

    city: str | None = None
    country: str | None = None
    region: str | None = None
    timezone: str | None = None


class WebSearch(Part):
    """Searches the web; here it is accepted and says that it does not search."""

    type: Literal["web_search"]
    mode: Literal["disabled", "cached", "live"] | None = None
    context_size: Literal["low", "medium", "high"] | None = None
    allowed_domains: list[str] | None = None
    location: SearchLocation | None = None


class ComputerUse(Part):
    """Uses a browser; not here."""

    type: Literal["computer_use"]
    include_screenshots: bool = False


class Automations(Part):
    """Lets the agent wake itself up; not here."""

    type: Literal["automations"]


PlainTool = FunctionTool | ToolSearch | ProgrammaticToolCalling | WebSearch | ComputerUse
AgentTool = Annotated[PlainTool | Automations | McpTool, Field(discriminator="type")]


def check_tools(tools: list[Any]) -> list[Any]:
    """Refuse tools that are named twice, and lists that are too large as compact JSON."""
    names = Counter(tool.name for tool in tools if isinstance(tool, FunctionTool))
    for name, count in names.items():
        if count > 1:
            raise rule("invalid_value", f"Invalid '{{param}}': the function '{name}' is doubled.")
    if sum(isinstance(tool, WebSearch) for tool in tools) > 1:
        raise rule("invalid_value", "Invalid '{param}': only one web_search tool is allowed.")
    given = [tool.given() for tool in tools]
    size = len(json.dumps(given, separators=(",", ":"), ensure_ascii=False).encode())
    if size > _TOOLS_BYTES:
        raise rule(
            "tools_too_large",
            f"Invalid '{{param}}': the tools are {size} bytes of compact JSON. The limit is "
            f"{_TOOLS_BYTES}.",
        )
    return tools


# --- the rest of an agent ---


class JsonSchemaFormat(Part):
    """JSON that fits a schema."""

    type: Literal["json_schema"]
    json_schema: dict[str, Any] = Field(alias="schema")


class Text(Part):
    """How the agent writes."""

    format: Annotated[TextFormat | JsonSchemaFormat, Field(discriminator="type")] | None = None
    verbosity: Literal["low", "medium", "high"] | None = None


class Reasoning(Part):
    """How much the model thinks, and what it tells of it."""

    effort: ReasoningEffort | None = None
    summary: Literal["concise", "detailed", "auto"] | None = None


class MultiAgent(Part):
    """Whether the agent may start others."""

    enabled: bool
    max_concurrent_subagents: Annotated[int, Field(ge=1)] = 6


class Compaction(Part):
    """How a long context is shortened."""

    async_: bool | None = Field(default=None, alias="async")


class Experimental(Part):
    """What may change; an update merges it."""

    time_awareness: bool = False


class AgentSettings(Part):
    """What a session may override; ``model`` has to come from somewhere."""

    model: Annotated[str, Field(min_length=1)] = ""
    instructions: Annotated[str, Field(max_length=1_048_576)] | None = None
    reasoning: Reasoning | None = None
    text: Text | None = None
    service_tier: ServiceTier | None = None
    multi_agent: MultiAgent | None = None
    compaction: Compaction | None = None
    experimental: Experimental = Experimental()


class UpdateAgent(AgentSettings):
    """``POST /agents/{id}``: a field that is left out is kept, an object replaces the whole."""

    name: Annotated[str, Field(max_length=128)] | None = None
    metadata: Metadata | None = None
    tools: Annotated[list[AgentTool], AfterValidator(check_tools)] | None = None


class CreateAgent(UpdateAgent):
    """``POST /agents``."""

    model: Annotated[str, Field(min_length=1)]
