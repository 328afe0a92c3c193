"""Items as clients send them: the input of responses and the items of conversations."""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, Discriminator, Field, Tag, field_validator, model_validator

from asstctl.emulator.errors import rule
from asstctl.emulator.requests.common import FunctionName, Metadata, Part, text_or

MAX_TEXT = 10_485_760
Status = Literal["in_progress", "completed", "incomplete"]
Includable = Literal[
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
]
INCLUDABLE: tuple[str, ...] = get_args(Includable)

# What the ids of a kind of item begin with.
PREFIXES = {
    "message": "msg_",
    "function_call": "fc_",
    "function_call_output": "fco_",
    "file_search_call": "fs_",
    "code_interpreter_call": "ci_",
    "web_search_call": "ws_",
    "mcp_list_tools": "mcpl_",
    "reasoning": "rs_",
}


# --- content ---


class InputText(Part):
    """Text that is told to the model."""

    type: Literal["input_text"]
    text: Annotated[str, Field(max_length=MAX_TEXT)]
    prompt_cache_breakpoint: dict[str, Any] | None = None


class InputImage(Part):
    """An image: an upload, an address or a ``data:`` URL. No model here sees it."""

    type: Literal["input_image"]
    detail: Literal["auto", "low", "high", "original"] = "auto"
    file_id: str | None = None
    image_url: str | None = None
    prompt_cache_breakpoint: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        _exactly_one(self, "file_id", "image_url")
        return self


class InputFile(Part):
    """A file: an upload, or base64 data with a name. Addresses are not fetched here."""

    type: Literal["input_file"]
    file_id: str | None = None
    file_data: str | None = None
    file_url: str | None = None
    filename: str | None = None
    detail: Literal["auto", "low", "high"] | None = None
    prompt_cache_breakpoint: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        _exactly_one(self, "file_id", "file_data", "file_url")
        if self.file_data is not None and not self.filename:
            raise rule(
                "missing_required_parameter", "Missing required parameter: '{param}.filename'."
            )
        return self


def _exactly_one(part: Part, *names: str) -> None:
    given = [name for name in names if getattr(part, name) is not None]
    if len(given) != 1:
        listed = ", ".join(f"'{name}'" for name in names)
        raise rule("invalid_value", f"Invalid '{{param}}': give exactly one of {listed}.")


class OutputText(Part):
    """Text that a model gave."""

    type: Literal["output_text"]
    text: Annotated[str, Field(max_length=MAX_TEXT)]
    annotations: Annotated[list[dict[str, Any]], Field(default_factory=list)]
    logprobs: Annotated[list[dict[str, Any]], Field(default_factory=list)]


class Refusal(Part):
    """What a model said in place of an answer."""

    type: Literal["refusal"]
    refusal: str


InputPart = Annotated[InputText | InputImage | InputFile, Field(discriminator="type")]
OutputPart = Annotated[OutputText | Refusal, Field(discriminator="type")]
_Text = Annotated[str, Field(max_length=MAX_TEXT), Tag("text")]
InputContent = Annotated[
    _Text | Annotated[list[InputPart], Tag("parts")], Discriminator(text_or("parts"))
]
OutputContent = Annotated[
    _Text | Annotated[list[OutputPart], Tag("parts")], Discriminator(text_or("parts"))
]


# --- items ---


class _Item(Part):
    id: str | None = None

    @field_validator("id")
    @classmethod
    def _known_prefix(cls, value: str | None) -> str | None:
        (kind,) = get_args(cls.model_fields["type"].annotation)
        # The id of an output is taken as that of its call is: both begin alike.
        prefix = "fc" if kind == "function_call_output" else PREFIXES[kind].removesuffix("_")
        if value is not None and not value.startswith(prefix):
            raise rule(
                "invalid_value",
                f"Invalid '{{param}}': '{value[:64]}'. Expected an ID that begins with '{prefix}'.",
            )
        return value


class InputMessage(_Item):
    """What a user or the application says."""

    type: Literal["message"] = "message"
    role: Literal["user", "system", "developer"]
    content: InputContent
    status: Status | None = None


class AssistantMessage(_Item):
    """What a model said."""

    type: Literal["message"] = "message"
    role: Literal["assistant"]
    content: OutputContent
    status: Status | None = None
    phase: Literal["commentary", "final_answer"] | None = None


class FunctionCallItem(_Item):
    """A model's call of a function of the client."""

    type: Literal["function_call"]
    call_id: Annotated[str, Field(min_length=1, max_length=64)]
    name: FunctionName
    arguments: str
    status: Status | None = None
    namespace: str | None = None
    caller: dict[str, Any] | None = None


class FunctionOutputItem(_Item):
    """What the function gave."""

    type: Literal["function_call_output"]
    call_id: Annotated[str, Field(min_length=1, max_length=64)]
    output: InputContent
    status: Status | None = None
    name: str | None = None
    namespace: str | None = None
    caller: dict[str, Any] | None = None


class SearchResult(Part):
    """A passage that file search gave."""

    attributes: dict[str, str | bool | int | float] | None = None
    file_id: str | None = None
    filename: str | None = None
    score: float | None = None
    text: str | None = None


class FileSearchItem(_Item):
    """A search that a model made."""

    type: Literal["file_search_call"]
    id: str
    queries: list[str]
    status: Literal["in_progress", "searching", "completed", "incomplete", "failed"]
    results: list[SearchResult] | None = None


class CodeLogs(Part):
    """What code printed."""

    type: Literal["logs"]
    logs: str


class CodeImage(Part):
    """What code drew."""

    type: Literal["image"]
    url: str


class CodeItem(_Item):
    """Code that a model wrote."""

    type: Literal["code_interpreter_call"]
    id: str
    code: str | None
    container_id: str
    outputs: list[Annotated[CodeLogs | CodeImage, Field(discriminator="type")]] | None = None
    status: Literal["in_progress", "completed", "incomplete", "interpreting", "failed"]


class WebSearchItem(_Item):
    """A search of the web that a model made elsewhere."""

    type: Literal["web_search_call"]
    id: str
    status: Literal["in_progress", "searching", "completed", "failed"]
    action: dict[str, Any]


class ToolListItem(_Item):
    """The tools of an MCP server."""

    type: Literal["mcp_list_tools"]
    id: str
    server_label: str
    tools: list[dict[str, Any]]
    error: str | None = None


class SummaryText(Part):
    """A summary of what a model thought."""

    type: Literal["summary_text"]
    text: str


class ReasoningText(Part):
    """What a model thought."""

    type: Literal["reasoning_text"]
    text: str


class ReasoningItem(_Item):
    """What a model thought; it is kept and read back, the models here do not use it."""

    type: Literal["reasoning"]
    id: str
    summary: list[SummaryText]
    content: list[ReasoningText] | None = None
    encrypted_content: str | None = None
    status: Status | None = None


class ItemReference(Part):
    """An item that the account holds already."""

    type: Literal["item_reference"] | None = "item_reference"
    id: str


def _of(value: object, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def _kind(value: object) -> str | None:
    """Tell what an item is. A message and a reference need not say it."""
    kind = _of(value, "type")
    if kind is None and _of(value, "role") is not None:
        return "message"
    if kind is None and _of(value, "id") is not None:
        return "item_reference"
    return None if kind is None else str(kind)


def _speaker(value: object) -> str:
    return "assistant" if _of(value, "role") == "assistant" else "user"


Message = Annotated[
    Annotated[InputMessage, Tag("user")] | Annotated[AssistantMessage, Tag("assistant")],
    Discriminator(_speaker),
]
KeptItem = (
    InputMessage
    | AssistantMessage
    | FunctionCallItem
    | FunctionOutputItem
    | FileSearchItem
    | CodeItem
    | WebSearchItem
    | ToolListItem
    | ReasoningItem
)
Item = Annotated[
    Annotated[Message, Tag("message")]
    | Annotated[FunctionCallItem, Tag("function_call")]
    | Annotated[FunctionOutputItem, Tag("function_call_output")]
    | Annotated[FileSearchItem, Tag("file_search_call")]
    | Annotated[CodeItem, Tag("code_interpreter_call")]
    | Annotated[WebSearchItem, Tag("web_search_call")]
    | Annotated[ToolListItem, Tag("mcp_list_tools")]
    | Annotated[ReasoningItem, Tag("reasoning")]
    | Annotated[ItemReference, Tag("item_reference")],
    Discriminator(_kind),
]


# --- conversations ---


class CreateConversation(Part):
    """``POST /conversations``."""

    items: Annotated[list[Item], Field(max_length=20)] | None = None
    metadata: Metadata | None = None


class UpdateConversation(Part):
    """``POST /conversations/{id}``."""

    metadata: Metadata | None


class CreateItems(Part):
    """``POST /conversations/{id}/items``."""

    items: Annotated[list[Item], Field(min_length=1, max_length=20)]


def includes(values: list[str]) -> list[str]:
    """Pass on the values of ``include`` without repetitions."""
    return list(dict.fromkeys(values))


Include = Annotated[list[Includable], AfterValidator(includes)]
