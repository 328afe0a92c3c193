"""Bodies of the assistants endpoints."""

from typing import Annotated

from pydantic import Field

from asstctl.emulator.requests.common import (
    CreateToolResources,
    Metadata,
    Part,
    ReasoningEffort,
    ResponseFormat,
    Temperature,
    Tool,
    ToolResources,
    TopP,
)


class _Assistant(Part):
    name: Annotated[str, Field(max_length=256)] | None = None
    description: Annotated[str, Field(max_length=512)] | None = None
    instructions: Annotated[str, Field(max_length=256_000)] | None = None
    tools: Annotated[list[Tool], Field(max_length=128, default_factory=list)]
    metadata: Metadata | None = None
    temperature: Temperature | None = None
    top_p: TopP | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: ReasoningEffort | None = None


class CreateAssistant(_Assistant):
    """``POST /assistants``."""

    model: str
    tool_resources: CreateToolResources | None = None


class UpdateAssistant(_Assistant):
    """``POST /assistants/{id}``: a field that is left out is kept."""

    model: str = ""
    tool_resources: ToolResources | None = None
