"""The tools of a response, and the choice among them."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from asstctl.emulator.errors import rule
from asstctl.emulator.requests.common import FunctionName, FunctionParameters, Part, type_of
from asstctl.emulator.requests.strict_schema import problem
from asstctl.emulator.requests.vectors import Filter


class FlatFunctionTool(Part):
    """Calls a function of the client; ``parameters`` and ``strict`` may be null, but not absent."""

    type: Literal["function"]
    name: FunctionName
    description: str | None = None
    parameters: FunctionParameters | None
    strict: bool | None
    allowed_callers: list[Literal["direct", "programmatic"]] | None = None
    defer_loading: bool | None = None
    output_schema: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _strictly(self) -> Self:
        found = problem(self.parameters or {}) if self.strict else None
        if found is not None:
            raise rule(
                "invalid_function_parameters",
                f"Invalid schema for function '{self.name}': {found}",
            )
        return self


class HybridSearch(Part):
    """How much meaning and words weigh; one of the two may count for nothing."""

    embedding_weight: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    text_weight: Annotated[float, Field(ge=0, allow_inf_nan=False)]

    @model_validator(mode="after")
    def _some_of_both(self) -> Self:
        if not self.embedding_weight + self.text_weight > 0:
            raise rule(
                "invalid_value",
                "Invalid '{param}': at least one of the two weights must be greater than 0.",
            )
        return self


class Ranking(Part):
    """How file search ranks; the rankers differ in nothing here."""

    ranker: Literal["auto", "default-2024-11-15"] = "auto"
    score_threshold: Annotated[float, Field(ge=0, le=1)] = 0.0
    hybrid_search: HybridSearch | None = None


class FlatFileSearchTool(Part):
    """Searches vector stores."""

    type: Literal["file_search"]
    vector_store_ids: Annotated[list[str], Field(min_length=1)]
    max_num_results: Annotated[int, Field(ge=1, le=50)] | None = None
    ranking_options: Ranking | None = None
    filters: Filter | None = None


class NoNetwork(Part):
    """A container without a network."""

    type: Literal["disabled"]


class SomeNetwork(Part):
    """A container that reaches a few domains."""

    type: Literal["allowlist"]
    allowed_domains: Annotated[list[str], Field(min_length=1)]
    domain_secrets: list[dict[str, str]] | None = None


class AutoContainer(Part):
    """A container made for the response; here none is made, and no code runs."""

    type: Literal["auto"]
    file_ids: Annotated[list[str], Field(default_factory=list)]
    memory_limit: Literal["1g", "4g", "16g", "64g"] | None = None
    network_policy: Annotated[NoNetwork | SomeNetwork, Field(discriminator="type")] | None = None


class CodeTool(Part):
    """Runs code; here it is accepted and says that it does not run."""

    type: Literal["code_interpreter"]
    container: Annotated[
        Annotated[str, Tag("id")] | Annotated[AutoContainer, Tag("auto")],
        Discriminator(lambda value: "id" if isinstance(value, str) else "auto"),
    ]
    allowed_callers: list[Literal["direct", "programmatic"]] | None = None


class WebFilters(Part):
    """Where the web is searched."""

    allowed_domains: list[str] | None = None


class UserLocation(Part):
    """Where the user is, more or less."""

    type: Literal["approximate"] = "approximate"
    city: str | None = None
    country: str | None = None
    region: str | None = None
    timezone: str | None = None


class WebSearchTool(Part):
    """Searches the web; here it is accepted and never used."""

    type: Literal["web_search", "web_search_2025_08_26"]
    external_web_access: bool | None = None
    filters: WebFilters | None = None
    search_context_size: Literal["low", "medium", "high"] = "medium"
    user_location: UserLocation | None = None


class WebSearchPreviewTool(Part):
    """Searches the web in the older way; here it is accepted and never used."""

    type: Literal["web_search_preview", "web_search_preview_2025_03_11"]
    search_content_types: list[Literal["text", "image"]] | None = None
    search_context_size: Literal["low", "medium", "high"] = "medium"
    user_location: UserLocation | None = None


class ToolFilter(Part):
    """Some of a server's tools."""

    read_only: bool | None = None
    tool_names: list[str] | None = None


class Approvals(Part):
    """Which tools ask first."""

    always: ToolFilter | None = None
    never: ToolFilter | None = None


class McpTool(Part):
    """The tools of an MCP server; here none is connected, and none are listed."""

    type: Literal["mcp"]
    server_label: Annotated[str, Field(min_length=1)]
    server_url: str | None = None
    connector_id: (
        Literal[
            "connector_dropbox",
            "connector_gmail",
            "connector_googlecalendar",
            "connector_googledrive",
            "connector_microsoftteams",
            "connector_outlookcalendar",
            "connector_outlookemail",
            "connector_sharepoint",
        ]
        | None
    ) = None
    tunnel_id: str | None = None
    server_description: str | None = None
    authorization: str | None = None
    headers: dict[str, str] | None = None
    allowed_tools: (
        Annotated[
            Annotated[list[str], Tag("names")] | Annotated[ToolFilter, Tag("filter")],
            Discriminator(lambda value: "names" if isinstance(value, list) else "filter"),
        ]
        | None
    ) = None
    require_approval: (
        Annotated[
            Annotated[Literal["always", "never"], Tag("always")]
            | Annotated[Approvals, Tag("filter")],
            Discriminator(lambda value: "always" if isinstance(value, str) else "filter"),
        ]
        | None
    ) = None
    allowed_callers: list[Literal["direct", "programmatic"]] | None = None
    defer_loading: bool | None = None

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        given = [self.server_url, self.connector_id, self.tunnel_id]
        if sum(item is not None for item in given) != 1:
            raise rule(
                "invalid_value",
                "Invalid '{param}': exactly one of 'server_url', 'connector_id' and 'tunnel_id' "
                "must be provided.",
            )
        return self


class ToolSearchTool(Part):
    """Finds tools that are loaded late; here all are there from the start."""

    type: Literal["tool_search"]
    description: str | None = None
    execution: Literal["server", "client"] | None = None
    parameters: dict[str, Any] | None = None


class ProgrammaticTool(Part):
    """Calls tools from a program; here no program runs."""

    type: Literal["programmatic_tool_calling"]


ResponseTool = Annotated[
    Annotated[FlatFunctionTool, Tag("function")]
    | Annotated[FlatFileSearchTool, Tag("file_search")]
    | Annotated[CodeTool, Tag("code_interpreter")]
    | Annotated[WebSearchTool, Tag("web_search")]
    | Annotated[WebSearchTool, Tag("web_search_2025_08_26")]
    | Annotated[WebSearchPreviewTool, Tag("web_search_preview")]
    | Annotated[WebSearchPreviewTool, Tag("web_search_preview_2025_03_11")]
    | Annotated[McpTool, Tag("mcp")]
    | Annotated[ToolSearchTool, Tag("tool_search")]
    | Annotated[ProgrammaticTool, Tag("programmatic_tool_calling")],
    Discriminator(type_of),
]

_UNSET_LOCATION = {
    "type": "approximate",
    "city": None,
    "country": None,
    "region": None,
    "timezone": None,
}


def read_back(tools: list[Any]) -> list[dict[str, Any]]:
    """Give tools as they read back: with defaults filled in, and without secrets."""
    return [_read_back(tool) for tool in tools]


def _read_back(tool: Any) -> dict[str, Any]:
    given: dict[str, Any] = tool.given()
    match tool:
        case FlatFunctionTool():
            return {"description": None} | given | {"strict": bool(tool.strict)}
        case FlatFileSearchTool():
            ranking = {"ranker": "auto", "score_threshold": 0.0}
            return given | {
                "max_num_results": tool.max_num_results or 20,
                "filters": given.get("filters"),
                "ranking_options": ranking | (given.get("ranking_options") or {}),
            }
        case CodeTool(container=AutoContainer()):
            (given["container"].get("network_policy") or {}).pop("domain_secrets", None)
            return given | {"container": {"file_ids": []} | given["container"]}
        case WebSearchTool() | WebSearchPreviewTool():
            location = _UNSET_LOCATION | (given.get("user_location") or {})
            size = tool.search_context_size
            return given | {"search_context_size": size, "user_location": location}
        case McpTool():
            return _without_secrets(given)
    return given


def _without_secrets(given: dict[str, Any]) -> dict[str, Any]:
    given.pop("authorization", None)
    headers = given.get("headers")
    return {"allowed_tools": None, "require_approval": "always", "server_description": None} | (
        given | {"headers": dict.fromkeys(headers, "<redacted>") if headers else None}
    )


# --- the choice ---


class NamedChoice(Part):
    """Call this function."""

    type: Literal["function"]
    name: str


class ServerChoice(Part):
    """Use a tool of this MCP server."""

    type: Literal["mcp"]
    server_label: str
    name: str | None = None


class HostedToolChoice(Part):
    """Use this hosted tool."""

    type: Literal[
        "file_search", "code_interpreter", "web_search_preview", "web_search_preview_2025_03_11"
    ]


class AllowedChoice(Part):
    """Choose among these tools only."""

    type: Literal["allowed_tools"]
    mode: Literal["auto", "required"]
    tools: Annotated[list[dict[str, Any]], Field(min_length=1)]


def _choice(value: object) -> str | None:
    return "auto" if isinstance(value, str) else type_of(value)


ResponseToolChoice = Annotated[
    Annotated[Literal["none", "auto", "required"], Tag("auto")]
    | Annotated[NamedChoice, Tag("function")]
    | Annotated[ServerChoice, Tag("mcp")]
    | Annotated[AllowedChoice, Tag("allowed_tools")]
    | Annotated[HostedToolChoice, Tag("file_search")]
    | Annotated[HostedToolChoice, Tag("code_interpreter")]
    | Annotated[HostedToolChoice, Tag("web_search_preview")]
    | Annotated[HostedToolChoice, Tag("web_search_preview_2025_03_11")],
    Discriminator(_choice),
]
