"""Bodies of ``/agents/sessions`` and of the environments that sessions run in."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Discriminator, Field, Tag

from asstctl.emulator.requests.agents import (
    AgentSettings,
    Automations,
    Mcp,
    PlainTool,
    ServiceTier,
    StdioTransport,
    check_tools,
)
from asstctl.emulator.requests.common import Metadata, Part, ReasoningEffort, text_or
from asstctl.emulator.requests.environments import AbsolutePath, HostedSettings

# --- what a session runs ---


class SessionHttp(Part):
    """An MCP server over HTTP; a session may bring the secrets that an agent does not keep."""

    type: Literal["http"]
    server_url: str
    authorization: str | None = None
    headers: dict[str, str] | None = None


class SessionStdio(StdioTransport):
    """An MCP server that is started as a process, with its environment variables."""

    env: dict[str, str] | None = None


class SessionMcpTool(Mcp):
    """The tools of an MCP server, for one session."""

    transport: Annotated[SessionHttp | SessionStdio, Field(discriminator="type")]


SessionTool = Annotated[PlainTool | Automations | SessionMcpTool, Field(discriminator="type")]
SessionTools = Annotated[list[SessionTool], AfterValidator(check_tools)]


class SessionAgent(AgentSettings):
    """An agent for one session, or what it overrides of a saved one."""

    tools: SessionTools | None = None


# --- where it runs ---


class NoEnvironment(Part):
    """No sandbox."""

    type: Literal["none"]


class HostedEnvironment(HostedSettings):
    """A sandbox of the account's: from a template, made before, or as told here."""

    type: Literal["openai_hosted"]
    environment_template_id: str | None = None
    environment_id: str | None = None
    container_size: Literal["small", "medium", "large"] | None = None


class SelfHostedEnvironment(Part):
    """A sandbox of the application's."""

    type: Literal["self_hosted"]
    workspace_directory: AbsolutePath
    capability_directories: list[AbsolutePath] | None = None


Environment = Annotated[
    NoEnvironment | HostedEnvironment | SelfHostedEnvironment, Field(discriminator="type")
]


class CreateEnvironment(Part):
    """``POST /agents/environments``: a sandbox that waits for its session."""

    environment: Annotated[HostedEnvironment | SelfHostedEnvironment, Field(discriminator="type")]
    vault_ids: list[str] | None = None


# --- what is said in it ---


class InputText(Part):
    """Text."""

    type: Literal["input_text"]
    text: str


class InputImage(Part):
    """An image on the web or in the URL itself; it is never fetched here."""

    type: Literal["input_image"]
    image_url: str


InputContent = Annotated[InputText | InputImage, Field(discriminator="type")]


class InputMessage(Part):
    """A message of the user."""

    type: Literal["message"] = "message"
    role: Literal["user"]
    content: Annotated[list[InputContent], Field(min_length=1)]


Messages = Annotated[list[InputMessage], Field(min_length=1)]
Input = Annotated[
    Annotated[str, Field(min_length=1), Tag("text")] | Annotated[Messages, Tag("messages")],
    Discriminator(text_or("messages")),
]


class PromptCacheOptions(Part):
    """How long the prompt is kept."""

    ttl: Literal["30m", "12h"] = "30m"


class StreamOptions(Part):
    """How events are sent."""

    include_obfuscation: bool = True


Review = Literal["none", "auto_review"]


class CreateSession(Part):
    """``POST /agents/sessions``."""

    environment: Environment
    agent: SessionAgent = SessionAgent()
    agent_id: str | None = None
    input: Input | None = None
    metadata: Metadata | None = None
    prompt_cache_options: PromptCacheOptions | None = None
    review: Review = "none"
    stream: bool = False
    stream_options: StreamOptions | None = None
    vault_ids: list[str] | None = None


class ReasoningUpdate(Part):
    """The effort for the turns to come."""

    effort: ReasoningEffort | None = None


class AgentUpdate(Part):
    """What may change of a session's agent."""

    model: Annotated[str, Field(min_length=1)] = ""
    reasoning: ReasoningUpdate = ReasoningUpdate()
    service_tier: ServiceTier | None = None
    tools: SessionTools | None = None


class UpdateSession(Part):
    """``POST /agents/sessions/{id}``: a field that is left out is kept."""

    agent: AgentUpdate = AgentUpdate()
    metadata: Metadata | None = None
    prompt_cache_options: PromptCacheOptions | None = None
    review: Review = "none"


class MessageEvent(Part):
    """Says something: that starts a turn."""

    type: Literal["agent.session.input.message"]
    input: Messages


class CancelEvent(Part):
    """Ends the turns that are not over."""

    type: Literal["agent.session.input.cancel"]


ToolOutput = Annotated[
    Annotated[str, Tag("text")] | Annotated[list[InputContent], Tag("parts")],
    Discriminator(text_or("parts")),
]


class ToolResultEvent(Part):
    """Answers a function call."""

    type: Literal["agent.session.input.tool_result"]
    turn_id: str
    call_id: str
    success: bool
    output: ToolOutput | None = None
    error: str | None = None


class ApprovalEvent(Part):
    """Answers a request for an approval; there never is one here."""

    type: Literal[
        "agent.session.input.mcp_approval_request_result",
        "agent.session.input.computer_use_approval_request_result",
    ]
    request_id: str
    response: dict[str, Any]


InputEvent = Annotated[
    MessageEvent | CancelEvent | ToolResultEvent | ApprovalEvent, Field(discriminator="type")
]


E = TypeVar("E", MessageEvent, CancelEvent, ToolResultEvent, ApprovalEvent)


class CreateEvents(Part):
    """``POST /agents/sessions/{id}/events``."""

    events: Annotated[list[InputEvent], Field(min_length=1)]

    def of(self, kind: type[E]) -> list[E]:
        """Give the events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]
