"""Parts that several request bodies share."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag

from asstctl.emulator.errors import rule

MAX_PAIRS = 16
_KEY_LENGTH = 64
_VALUE_LENGTH = 512


class Part(BaseModel):
    """A JSON object that takes no unknown field and converts nothing: ``"1"`` is no integer."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    def given(self) -> dict[str, Any]:
        """Give the fields that the client sent, as JSON."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _check_pairs(pairs: Mapping[str, object]) -> None:
    if len(pairs) > MAX_PAIRS:
        raise rule(
            "object_above_max_properties",
            f"Invalid '{{param}}': too many properties. Expected an object with at most {MAX_PAIRS}"
            f" properties, but got an object with {len(pairs)} properties instead.",
        )
    for key, value in pairs.items():
        if len(key) > _KEY_LENGTH:
            raise rule(
                "property_name_above_max_length",
                f"Invalid property name in '{{param}}': '{key[:_KEY_LENGTH]}...' is too long. "
                f"Expected a string with maximum length {_KEY_LENGTH}, but got a string with length"
                f" {len(key)} instead.",
            )
        if isinstance(value, str) and len(value) > _VALUE_LENGTH:
            raise rule(
                "string_above_max_length",
                f"Invalid '{{param}}.{key}': string too long. Expected a string with maximum length"
                f" {_VALUE_LENGTH}, but got a string with length {len(value)} instead.",
            )


def _metadata(pairs: dict[str, str]) -> dict[str, str]:
    _check_pairs(pairs)
    return pairs


def _attributes(pairs: dict[str, str | bool | float]) -> dict[str, str | bool | float]:
    _check_pairs(pairs)
    return pairs


Metadata = Annotated[dict[str, str], AfterValidator(_metadata)]
Attributes = Annotated[dict[str, str | bool | int | float], AfterValidator(_attributes)]
Temperature = Annotated[float, Field(ge=0, le=2)]
TopP = Annotated[float, Field(ge=0, le=1)]
ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


# --- tools ---


class CodeInterpreterTool(Part):
    """Runs code; here it is accepted and says that it does not run."""

    type: Literal["code_interpreter"]


class RankingOptions(Part):
    """How file search ranks."""

    ranker: Literal["auto", "default_2024_08_21"] = "default_2024_08_21"
    score_threshold: Annotated[float, Field(ge=0, le=1)]


class FileSearchOptions(Part):
    """Overrides of file search."""

    max_num_results: Annotated[int, Field(ge=1, le=50)] | None = None
    ranking_options: RankingOptions | None = None
    hybrid_search: None = None
    """Read back as null by servers; nobody could set it."""


class FileSearchTool(Part):
    """Searches the vector stores."""

    type: Literal["file_search"]
    file_search: FileSearchOptions | None = None


class FileSearchTypeOnly(Part):
    """File search as a message attachment names it: without options."""

    type: Literal["file_search"]


def _function_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise rule(
            "invalid_value",
            "Invalid '{param}': string does not match pattern. Expected a string that matches the "
            "pattern '^[a-zA-Z0-9_-]{1,64}$'.",
        )
    return name


def _parameters(schema: dict[str, Any]) -> dict[str, Any]:
    if schema and schema.get("type") != "object":
        raise rule(
            "invalid_function_parameters",
            "Invalid schema for '{param}': schema must be a JSON Schema of 'type: \"object\"', got "
            f"'type: {schema.get('type')!r}'.",
        )
    return schema


FunctionName = Annotated[str, AfterValidator(_function_name)]
FunctionParameters = Annotated[dict[str, Any], AfterValidator(_parameters)]


class FunctionDefinition(Part):
    """A function that the client can run."""

    name: FunctionName
    description: str | None = None
    parameters: FunctionParameters | None = None
    strict: bool | None = None


class FunctionTool(Part):
    """Calls a function of the client."""

    type: Literal["function"]
    function: FunctionDefinition


Tool = Annotated[CodeInterpreterTool | FileSearchTool | FunctionTool, Field(discriminator="type")]
AttachmentTool = Annotated[CodeInterpreterTool | FileSearchTypeOnly, Field(discriminator="type")]

_DEFAULT_RANKING = {"ranker": "default_2024_08_21", "score_threshold": 0.0}


def read_back(tools: list[Any]) -> list[dict[str, Any]]:
    """Give tools as the original read them back: with its defaults filled in."""
    shown = []
    for tool in tools:
        body = {name: value for name, value in tool.given().items() if value is not None}
        match tool:
            case FileSearchTool():
                options = tool.file_search.given() if tool.file_search else {}
                options = {name: value for name, value in options.items() if value is not None}
                ranking = _DEFAULT_RANKING | (options.get("ranking_options") or {})
                body["file_search"] = options | {"ranking_options": ranking}
            case FunctionTool():
                given = tool.function.given().items()
                function = {name: value for name, value in given if value is not None}
                body["function"] = function | {"strict": bool(tool.function.strict)}
        shown.append(body)
    return shown


# --- choices that are a word or an object ---


def type_of(value: object) -> str | None:
    """Tell the variants of a union apart by their ``type``."""
    found = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return str(found) if found is not None else None


def _word_or_type(word: str) -> Callable[[object], str | None]:
    """Tell the variants of a union apart: a bare word, or an object by its ``type``."""
    return lambda value: word if isinstance(value, str) else type_of(value)


def text_or(other: str) -> Callable[[object], str]:
    """Tell a bare string ("text") from anything else (``other``)."""
    return lambda value: "text" if isinstance(value, str) else other


class TextFormat(Part):
    """Plain text."""

    type: Literal["text"]


class JsonObjectFormat(Part):
    """Any JSON object."""

    type: Literal["json_object"]


class JsonSchema(Part):
    """A named JSON Schema."""

    name: FunctionName
    description: str | None = None
    json_schema: dict[str, Any] | None = Field(default=None, alias="schema")
    strict: bool | None = None


class JsonSchemaFormat(Part):
    """JSON that fits a schema."""

    type: Literal["json_schema"]
    json_schema: JsonSchema


ResponseFormat = Annotated[
    Annotated[Literal["auto"], Tag("auto")]
    | Annotated[TextFormat, Tag("text")]
    | Annotated[JsonObjectFormat, Tag("json_object")]
    | Annotated[JsonSchemaFormat, Tag("json_schema")],
    Discriminator(_word_or_type("auto")),
]


class NamedFunction(Part):
    """The name of a function."""

    name: str


class FunctionChoice(Part):
    """Call this function."""

    type: Literal["function"]
    function: NamedFunction


class HostedChoice(Part):
    """Use this hosted tool."""

    type: Literal["code_interpreter", "file_search"]


ToolChoice = Annotated[
    Annotated[Literal["none", "auto", "required"], Tag("auto")]
    | Annotated[FunctionChoice, Tag("function")]
    | Annotated[HostedChoice, Tag("code_interpreter")]
    | Annotated[HostedChoice, Tag("file_search")],
    Discriminator(_word_or_type("auto")),
]


# --- vector stores, as others create them in passing ---


class AutoChunking(Part):
    """800 tokens, 400 of overlap."""

    type: Literal["auto"]


class StaticSizes(Part):
    """Sizes in tokens."""

    max_chunk_size_tokens: Annotated[int, Field(ge=100, le=4096)]
    chunk_overlap_tokens: Annotated[int, Field(ge=0)]


def _overlap(sizes: StaticSizes) -> StaticSizes:
    if sizes.chunk_overlap_tokens * 2 > sizes.max_chunk_size_tokens:
        raise rule(
            "invalid_value",
            "Invalid '{param}': chunk_overlap_tokens must not exceed half of "
            "max_chunk_size_tokens.",
        )
    return sizes


class StaticChunking(Part):
    """Sizes that the client chose."""

    type: Literal["static"]
    static: Annotated[StaticSizes, AfterValidator(_overlap)]


Chunking = Annotated[AutoChunking | StaticChunking, Field(discriminator="type")]


class InlineStore(Part):
    """A vector store made together with an assistant or a thread."""

    file_ids: list[str] = []
    chunking_strategy: Chunking | None = None
    metadata: Metadata | None = None


class CodeInterpreterResources(Part):
    """Files for the code interpreter."""

    file_ids: Annotated[list[str], Field(max_length=20)] = []


class FileSearchResources(Part):
    """The vector store that is searched."""

    vector_store_ids: Annotated[list[str], Field(max_length=1)] = []


def _one_way(resources: "CreateFileSearchResources") -> "CreateFileSearchResources":
    if resources.vector_store_ids and resources.vector_stores:
        raise rule(
            "invalid_value",
            "Invalid '{param}': give either vector_store_ids or vector_stores, not both.",
        )
    return resources


class CreateFileSearchResources(FileSearchResources):
    """The vector store that is searched, or one to be made."""

    vector_stores: Annotated[list[InlineStore], Field(max_length=1)] = []


class ToolResources(Part):
    """What the tools work on."""

    code_interpreter: CodeInterpreterResources | None = None
    file_search: FileSearchResources | None = None


class CreateToolResources(Part):
    """What the tools work on; a vector store may be made on the way."""

    code_interpreter: CodeInterpreterResources | None = None
    file_search: Annotated[CreateFileSearchResources, AfterValidator(_one_way)] | None = None


class ExpiresAfter(Part):
    """When an unused vector store expires."""

    anchor: Literal["last_active_at"]
    days: Annotated[int, Field(ge=1, le=365)]
