"""The port between runs, responses and turns and the model that answers them.

Each is a series of answers. For each answer, the model is given a `Prompt` and gives text, calls,
or both; the worker carries the calls out (or hands them to the client) and asks again with the
results.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp


@dataclass(frozen=True, slots=True)
class Image:
    """An image of a message: at a URL, which may hold it, or in a file of the account."""

    url: str | None
    file_id: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One message; a ``system`` one is the application's, said on the way.

    ``file`` is the name of the file that the text was read from, None for what was said. Only a
    user's turn has ``images``.
    """

    role: Literal["user", "assistant", "system"]
    text: str
    file: str | None = None
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that file search gave; ``marker`` is what cites it in an answer."""

    marker: str
    file_id: str
    file_name: str
    score: float
    text: str
    matched: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileSearchCall:
    """The model searches the files; ``results`` are there once it was done."""

    id: str
    query: str
    results: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeFile:
    """A file that code can read, or has made; ``text`` is for a model whose code does not run."""

    id: str
    name: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class CodeCall:
    """The model wants code to run, or a command; ``logs`` and ``files`` are what came of it."""

    id: str
    code: str
    logs: str = ""
    tool: Literal["code_interpreter", "shell"] = "code_interpreter"
    files: tuple[CodeFile, ...] = ()


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
    """What the model did earlier: text it gave, and calls with their results."""

    text: str
    calls: tuple[Call, ...]


_ABSENT = {
    "web_search": "The web cannot be searched here, so nothing was looked up.",
    "mcp": "No MCP server is connected here, so none of its tools was used.",
    "computer_use": "No browser runs here, so nothing was opened.",
    "automations": "Nothing can be scheduled here.",
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything a model is told for one turn.

    ``rounds`` is what it did since the last message of the user. ``tool_choice`` holds for this
    turn: what was forced is not forced again once it was done. ``cites`` tells whether what is
    quoted is to carry its marker, ``runs_code`` whether the code interpreter runs here,
    ``truncates`` whether the oldest of the history may go where the model finds it too long.
    """

    model: str
    instructions: str
    history: tuple[Turn | Round, ...]
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
    code_files: tuple[CodeFile, ...]
    verbosity: str | None = None
    cites: bool = True
    runs_code: bool = False
    max_prompt_tokens: int | None = None
    truncates: bool = True

    @property
    def question(self) -> str:
        """The last message of the user."""
        turns = (turn for turn in reversed(self.history) if isinstance(turn, Turn))
        return next((turn.text for turn in turns if turn.role == "user" and not turn.file), "")

    def has_tool(self, kind: str) -> bool:
        """Tell whether a tool of this type may be used."""
        return any(tool["type"] == kind for tool in self.tools)

    @property
    def absent(self) -> tuple[str, ...]:
        """Say of the tools that nothing stands for here that they are not there."""
        return tuple(told for kind, told in _ABSENT.items() if self.has_tool(kind))

    @property
    def functions(self) -> tuple[Mapping[str, Any], ...]:
        """The definitions of the client's functions."""
        return tuple(tool["function"] for tool in self.tools if tool["type"] == "function")


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ArgumentsDelta:
    """A piece of what a function is called with, before `Calls` has it whole.

    ``place`` is where the call will stand among the calls, all of them functions up to it.
    """

    place: int
    id: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of this turn; nothing comes after them but `Usage`."""

    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of this turn, when the model counts them itself.

    ``cached_tokens`` are those of the prompt that it had seen before.
    """

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0

    @classmethod
    def kept_in(cls, inner: Mapping[str, Any]) -> "Usage":
        """Give what was kept among other fields (``asdict``)."""
        return cls(*(inner.get(item.name, 0) for item in fields(cls)))

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
        )

    @property
    def wire(self) -> dict[str, Any]:
        """The usage as runs and steps show it, with ``total_tokens``.

        Cached tokens are told of where there are any: no SDK's type of a run has a place for them.
        """
        told = {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
        }
        details = {"prompt_token_details": {"cached_tokens": self.cached_tokens}}
        return told | (details if self.cached_tokens else {})


@dataclass(frozen=True, slots=True)
class CutOff:
    """The answer ended before its end: it reached the token limit, or a filter stopped it."""

    reason: Literal["max_completion_tokens", "content_filter"] = "max_completion_tokens"


Piece = TextDelta | ArgumentsDelta | Calls | Usage | CutOff


Trouble = Literal[
    "server_error",
    "rate_limit_exceeded",
    "invalid_prompt",
    "model_not_found",
    "context_length_exceeded",
]


class ModelError(Exception):
    """The model could not answer; ``code`` tells why, in the words of runs and responses.

    They have none for a model that is not there, and for a prompt that is too long: see `told`.
    """

    def __init__(self, message: str, code: Trouble = "server_error") -> None:
        super().__init__(message)
        self.code: Trouble = code


def told(code: str) -> str:
    """Give a code as the errors of runs and responses say it."""
    return {"model_not_found": "server_error", "context_length_exceeded": "invalid_prompt"}.get(
        code, code
    )


class Model(Protocol):
    """Something that answers a prompt. ``owner`` is who ``GET /models`` says it belongs to.

    ``context`` is how many tokens it can read at once, its answer among them, ``sees`` whether
    images are of any use to it.
    """

    owner: str
    context: int
    sees: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The models that it is known to have."""
        ...

    @property
    def forward(self) -> "ASGIApp | None":
        """What takes requests that the account does not serve itself; None where nothing does."""
        ...

    def served(self, name: str) -> str:
        """Give the model that answers where this one is asked for."""
        ...

    def generate(self, prompt: Prompt) -> AsyncIterator[Piece]:
        """Answer one turn, piece by piece. Raises `ModelError` when the model cannot answer."""
        ...

    async def close(self) -> None:
        """Close connections, if there are any."""
        ...
