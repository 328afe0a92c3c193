"""Bodies of the run endpoints."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from asstctl.emulator.errors import rule
from asstctl.emulator.requests.common import (
    Metadata,
    Part,
    ReasoningEffort,
    ResponseFormat,
    Temperature,
    Tool,
    ToolChoice,
    ToolResources,
    TopP,
)
from asstctl.emulator.requests.threads import CreateMessage, CreateThread


class Truncation(Part):
    """How much of the thread the model sees; ``auto`` may have a count, which means nothing."""

    type: Literal["auto", "last_messages"]
    last_messages: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _count(self) -> Self:
        if self.type == "last_messages" and self.last_messages is None:
            raise rule(
                "missing_required_parameter",
                "Missing required parameter: '{param}.last_messages'.",
            )
        return self


class _Run(Part):
    assistant_id: str
    model: str | None = None
    instructions: Annotated[str, Field(max_length=256_000)] | None = None
    tools: Annotated[list[Tool], Field(max_length=20)] | None = None
    metadata: Metadata | None = None
    temperature: Temperature | None = None
    top_p: TopP | None = None
    max_prompt_tokens: Annotated[int, Field(ge=256)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=256)] | None = None
    truncation_strategy: Truncation | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool = True
    response_format: ResponseFormat | None = None
    reasoning_effort: ReasoningEffort | None = None
    stream: bool | None = None


class CreateRun(_Run):
    """``POST /threads/{id}/runs``."""

    additional_instructions: Annotated[str, Field(max_length=256_000)] | None = None
    additional_messages: list[CreateMessage] | None = None


class CreateThreadAndRun(_Run):
    """``POST /threads/runs``."""

    thread: CreateThread | None = None
    tool_resources: ToolResources | None = None


class ToolOutput(Part):
    """What one function gave."""

    tool_call_id: str
    output: str = ""


class SubmitToolOutputs(Part):
    """``POST /threads/{id}/runs/{id}/submit_tool_outputs``."""

    tool_outputs: list[ToolOutput]
    stream: bool | None = None
