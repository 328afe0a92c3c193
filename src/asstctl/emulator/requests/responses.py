"""The bodies of ``POST /responses`` and of the count of its tokens."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from asstctl.emulator.errors import rule
from asstctl.emulator.requests.common import (
    FunctionName,
    JsonObjectFormat,
    Metadata,
    Part,
    ReasoningEffort,
    Temperature,
    TextFormat,
    TopP,
    text_or,
)
from asstctl.emulator.requests.items import MAX_TEXT, Include, Item
from asstctl.emulator.requests.response_tools import ResponseTool, ResponseToolChoice
from asstctl.emulator.requests.strict_schema import problem

# Models that think before they answer take no sampling options, and the others no effort. A name
# that is in neither list may be anything: it takes both.
_REASONING = re.compile(r"^(o\d|gpt-[5-9])(?!.*-chat)")
_PLAIN = re.compile(r"^(gpt-4|gpt-3\.5|chatgpt-)")


ANY_MODEL = "any"
"""Stands for a model that was not named."""


class JsonSchemaFormat(Part):
    """JSON that fits a schema."""

    type: Literal["json_schema"]
    name: FunctionName
    json_schema: dict[str, Any] = Field(alias="schema")
    description: str | None = None
    strict: bool | None = None

    @model_validator(mode="after")
    def _strictly(self) -> Self:
        found = problem(self.json_schema) if self.strict else None
        if found is not None:
            raise rule(
                "invalid_json_schema", f"Invalid schema for response_format '{self.name}': {found}"
            )
        return self


class Text(Part):
    """The shape of the answer."""

    format: (
        Annotated[
            TextFormat | JsonObjectFormat | JsonSchemaFormat,
            Field(discriminator="type"),
        ]
        | None
    ) = None
    verbosity: Literal["low", "medium", "high"] | None = None


class Reasoning(Part):
    """How much a model thinks, and what it tells of it."""

    effort: ReasoningEffort | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None
    generate_summary: Literal["auto", "concise", "detailed"] | None = None
    context: Literal["auto", "current_turn", "all_turns"] | None = None
    mode: str | None = None


class ConversationId(Part):
    """A conversation by its id."""

    id: str


class StreamOptions(Part):
    """How events are sent; nothing is ever padded here."""

    include_obfuscation: bool | None = None


class Asked(Part):
    """What a model is told, and how it is to answer: what the count of its tokens depends on."""

    model: Annotated[str, Field(min_length=1)] | None = None
    input: (
        Annotated[
            Annotated[str, Field(max_length=MAX_TEXT), Tag("text")]
            | Annotated[list[Item], Tag("items")],
            Discriminator(text_or("items")),
        ]
        | None
    ) = None
    instructions: Annotated[str, Field(max_length=MAX_TEXT)] | None = None
    conversation: (
        Annotated[
            Annotated[str, Tag("text")] | Annotated[ConversationId, Tag("object")],
            Discriminator(text_or("object")),
        ]
        | None
    ) = None
    previous_response_id: str | None = None
    tools: Annotated[list[ResponseTool], Field(max_length=128)] | None = None
    tool_choice: ResponseToolChoice | None = None
    parallel_tool_calls: bool | None = None
    text: Text | None = None
    reasoning: Reasoning | None = None
    truncation: Literal["auto", "disabled"] | None = None

    @property
    def conversation_id(self) -> str | None:
        """The conversation that the response belongs to, however it was named."""
        named = self.conversation
        return named.id if isinstance(named, ConversationId) else named

    @model_validator(mode="after")
    def _follows_one(self) -> Self:
        if self.conversation is not None and self.previous_response_id is not None:
            raise rule(
                "mutually_exclusive_parameters",
                "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Ensure "
                "you are only providing one of: 'previous_response_id' or 'conversation'.",
            )
        return self


class CountTokens(Asked):
    """``POST /responses/input_tokens``."""

    personality: Annotated[str, Field(max_length=64)] | None = None

    def response(self) -> "CreateResponse":
        """Give the response whose input it asks about."""
        given = {name: getattr(self, name) for name in self.model_fields_set - {"personality"}}
        return CreateResponse.model_construct(**{**given, "model": self.model or ANY_MODEL})


class CreateResponse(Asked):
    """``POST /responses``."""

    model: Annotated[str, Field(min_length=1)]
    max_tool_calls: Annotated[int, Field(ge=1)] | None = None
    temperature: Temperature | None = None
    top_p: TopP | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    max_output_tokens: Annotated[int, Field(ge=16)] | None = None
    service_tier: (
        Literal["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"] | None
    ) = None
    metadata: Metadata | None = None
    include: Include | None = None
    store: bool | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    background: bool | None = None
    user: str | None = None
    safety_identifier: Annotated[str, Field(max_length=128)] | None = None
    prompt_cache_key: str | None = None
    prompt_cache_retention: Literal["in_memory", "24h"] | None = None

    @property
    def stored(self) -> bool:
        """Whether it can be read again."""
        return self.store is not False

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.background and not self.stored:
            raise rule("invalid_value", "A background response must be stored: 'store' is false.")
        if self.stream_options is not None and not self.stream:
            raise rule("invalid_value", "'stream_options' is only allowed when streaming.")
        return self

    def unsupported(self) -> str | None:
        """Name the parameter that this kind of model does not take, None when there is none."""
        effort = self.reasoning.effort if self.reasoning else None
        if _PLAIN.match(self.model):
            return "reasoning.effort" if effort is not None else None
        if _REASONING.match(self.model) and effort != "none":
            return next((n for n in ("temperature", "top_p") if getattr(self, n) is not None), None)
        return None
