"""The port between runs and the model that answers them.

A run is a series of turns. In each, the model is given a `Prompt` and gives text, calls, or both;
the engine carries the calls out (or hands them to the client) and asks again with the results.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the thread."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that file search gave; ``marker`` is what cites it in an answer."""

    marker: str
    file_id: str
    file_name: str
    score: float
    text: str
    matched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileSearchCall:
    """The model searches the files; ``results`` are there once it was done."""

    id: str
    query: str
    results: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeCall:
    """The model wants code to run; ``logs`` are what came of it."""

    id: str
    code: str
    logs: str = ""


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """The model calls a function of the client; ``arguments`` is JSON text."""

    id: str
    name: str
    arguments: str
    output: str | None = None


Call = FileSearchCall | CodeCall | FunctionCall


@dataclass(frozen=True, slots=True)
class Round:
    """What the model did earlier in this run: text it gave, and calls with their results."""

    text: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything a model is told for one turn."""

    model: str
    instructions: str
    history: tuple[Turn, ...]
    rounds: tuple[Round, ...]
    tools: tuple[Mapping[str, Any], ...]
    tool_choice: str | Mapping[str, Any]
    response_format: str | Mapping[str, Any]
    parallel_tool_calls: bool
    temperature: float
    top_p: float
    reasoning_effort: str | None
    max_completion_tokens: int | None
    has_stores: bool
    code_files: tuple[str, ...]

    @property
    def question(self) -> str:
        """The last message of the user."""
        return next((turn.text for turn in reversed(self.history) if turn.role == "user"), "")

    def has_tool(self, kind: str) -> bool:
        """Tell whether a tool of this type may be used."""
        return any(tool["type"] == kind for tool in self.tools)

    @property
    def functions(self) -> tuple[Mapping[str, Any], ...]:
        """The definitions of the client's functions."""
        return tuple(tool["function"] for tool in self.tools if tool["type"] == "function")


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of this turn; nothing comes after them but `Usage`."""

    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of this turn, when the model counts them itself."""

    prompt_tokens: int
    completion_tokens: int

    @property
    def wire(self) -> dict[str, int]:
        """The usage as runs and steps show it, with ``total_tokens``."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
        }


@dataclass(frozen=True, slots=True)
class CutOff:
    """The answer ended because it reached the token limit."""


Piece = TextDelta | Calls | Usage | CutOff


class ModelError(Exception):
    """The model could not answer; ``code`` is what the run's ``last_error`` says."""

    def __init__(
        self,
        message: str,
        code: Literal["server_error", "rate_limit_exceeded", "invalid_prompt"] = "server_error",
    ) -> None:
        super().__init__(message)
        self.code = code


class Model(Protocol):
    """Something that answers a prompt. ``owner`` is who ``GET /models`` says it belongs to."""

    owner: str

    def generate(self, prompt: Prompt) -> AsyncIterator[Piece]:
        """Answer one turn, piece by piece. Raises `ModelError` when the model cannot answer."""
        ...

    async def close(self) -> None:
        """Close connections, if there are any."""
        ...
