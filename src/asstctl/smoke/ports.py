"""What smoke needs of an account, in plain values: no wire, no SDK, no SQL.

Every method may raise ``asstctl.sync.ports.AccountError`` unless it says otherwise. By then the
implementation has retried whatever may safely be sent again, so the caller never retries. What
creates something does it exactly once where it says so, even when an answer is lost.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from asstctl.model.file import LocalFile
from asstctl.model.json import JsonObject
from asstctl.model.project import Secret

Credentials: TypeAlias = Mapping[str, Mapping[str, Secret]]
"""What requests need and no account keeps: by the assistant's id, and by the path of the tool's
option, as ``tools.mcp.crm.authorization``."""

FINAL_STATUSES = frozenset({"completed", "failed", "cancelled", "expired", "incomplete"})
"""The statuses that a run never leaves. An unknown status counts as still going on."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that runs cost, as the server counts them.

    ``cached_tokens`` are those of the prompt that it had seen before.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cached_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.total_tokens + other.total_tokens,
            self.cached_tokens + other.cached_tokens,
        )


NO_USAGE = Usage()
"""No tokens, or a server that does not count them."""


def total_usage(usages: Iterable[Usage]) -> Usage:
    """The tokens of all of them."""
    return sum(usages, NO_USAGE)


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function that a run waits for; ``arguments`` is the JSON text that the model wrote."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class FunctionResult:
    """The answer to the call with this id."""

    call_id: str
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The state of a run, as last read: all that one prompt sets off, up to its answer.

    While it ``wants_outputs``, ``calls`` are the functions that it waits for and ``approvals`` say,
    for the reader, what it waits for that only a person could give. ``error_code`` and
    ``error_message`` are the server's. ``usage`` is that of the whole run. ``poll_after`` is the
    pause before the next poll that the server asks for, in seconds. ``has_tools`` is False where
    the server says that there were none to be used.
    """

    id: str
    conversation_id: str
    status: str
    calls: tuple[FunctionCall, ...] = ()
    approvals: tuple[str, ...] = ()
    error_code: str | None = None
    error_message: str | None = None
    incomplete_reason: str | None = None
    usage: Usage | None = None
    poll_after: float | None = None
    has_tools: bool = True

    @property
    def is_final(self) -> bool:
        """Whether the run has ended, well or badly."""
        return self.status in FINAL_STATUSES

    @property
    def wants_outputs(self) -> bool:
        """Whether the run waits for outputs or approvals and cannot go on without them."""
        return self.status == "requires_action"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the reply, as it is being written."""

    text: str


StreamEvent: TypeAlias = Token | Run


@dataclass(frozen=True, slots=True)
class Citation:
    """A file that the reply refers to; ``marker`` is the text in the reply that does so.

    ``paths`` are the file's in the project, where that is known: several, of equal content.
    """

    file_id: str
    filename: str
    marker: str = ""
    quote: str = ""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What the assistant said in one run, all of its messages joined.

    ``refused``: the API itself calls it, or a part of it, a refusal.
    """

    text: str = ""
    citations: tuple[Citation, ...] = ()
    refused: bool = False


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that ran. ``type`` is the manifest's; ``name`` is a function's, or that of
    a tool of an MCP server (``crm.find``), else None.

    ``input`` are arguments, the interpreter's code or what was searched for, ``output`` is what
    came of it.
    """

    type: str
    name: str | None = None
    input: str | None = None
    output: str | None = None


@dataclass(frozen=True, slots=True)
class Attached:
    """An uploaded file on a message, and the types of the tools that may read it."""

    file_id: str
    tools: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConversationMessage:
    """A message to put into a conversation."""

    role: str
    content: str
    attachments: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationStart:
    """How a conversation begins. Everything in it is named by the account's ids.

    ``label`` says what the conversation is for. An account writes it down where it can, so that
    what a dead process left behind is known as smoke's.
    """

    messages: tuple[ConversationMessage, ...] = ()
    code_files: tuple[str, ...] = ()
    vector_store: str | None = None
    label: str = "smoke"


@dataclass(frozen=True, slots=True)
class Place:
    """What holds a conversation in the account, as people find it there: ``thread thread_1``."""

    what: str
    id: str

    def __str__(self) -> str:
        return f"{self.what} {self.id}"


class SmokeAccount(Protocol):
    """An account with which one can converse: over threads and runs, or whatever it has instead.

    The id of a conversation is a handle that only this account understands; ``place_of`` is for
    people. A conversation may come to exist on the server later than ``open_conversation`` says.
    """

    async def offline_reason(self) -> str | None:
        """Why no real model answers here, for the reader; None when one does. Never raises."""

    async def open_conversation(self, start: ConversationStart) -> str:
        """Open a conversation and return its id.

        Not idempotent: after a lost answer, an empty one may be left behind as an orphan.
        """

    def place_of(self, conversation_id: str) -> Place | None:
        """What holds the conversation on the server; None when nothing does. Asks nobody."""

    async def delete_conversation(self, conversation_id: str) -> None:
        """Delete a conversation with all that its runs left. One that is gone already is fine."""

    async def scratch_stores(self, conversation_id: str) -> tuple[str, ...]:
        """The ids of the vector stores that exist only for this conversation's attachments.

        Stores of the project that the conversation only searches are not among them.
        """

    async def delete_store(self, store_id: str) -> None:
        """Delete a vector store. One that is gone already is fine."""

    async def upload(self, file: LocalFile) -> str:
        """Upload a file for assistants and return its id. Streamed: the file may be large."""

    async def delete_file(self, file_id: str) -> None:
        """Delete an upload. One that is gone already is fine."""

    async def add_message(self, conversation_id: str, message: ConversationMessage) -> None:
        """Say this next, exactly once; the run that answers it can read its attachments.

        The server may hear of it only with that run.
        """

    async def start_run(self, conversation_id: str, assistant_id: str, options: JsonObject) -> Run:
        """Start a run that answers what was said, exactly once as far as the API lets one know.

        ``options`` are in the words of manifests. Where the API has no runs that can be polled,
        this returns when the run has ended.
        """

    def stream_run(
        self, conversation_id: str, assistant_id: str, options: JsonObject
    ) -> AsyncIterator[StreamEvent]:
        """``start_run``, and follow the run until it ends or waits for outputs.

        Yields tokens, and the run whenever its state changes. A stream that breaks off just ends,
        once a run was seen: the caller goes on by polling it.
        """

    async def retrieve_run(self, conversation_id: str, run_id: str) -> Run:
        """The run's present state."""

    async def cancel_run(self, conversation_id: str, run_id: str) -> Run | None:
        """Ask the run to stop; None when it has ended or cannot be stopped.

        The run that is returned may still be ``cancelling``. One that waited for outputs waits no
        longer: the conversation can go on without them.
        """

    async def submit_outputs(self, run: Run, results: tuple[FunctionResult, ...]) -> Run:
        """Answer every call that ``run`` waits for, exactly once; the run as it is afterwards.

        It may have another id then.
        """

    def stream_outputs(
        self, run: Run, results: tuple[FunctionResult, ...]
    ) -> AsyncIterator[StreamEvent]:
        """``submit_outputs``, and follow the run on, as ``stream_run`` does."""

    async def usage(self, run: Run) -> Usage | None:
        """What a run that has ended cost; None when the server does not count it.

        Some servers count late: then this waits for it a while.
        """

    async def reply(self, run: Run) -> Reply:
        """What the assistant said in this run, with its citations in the order of the text."""

    async def stored_path(self, store_id: str, file_id: str) -> str:
        """The project's path that a vector store keeps of a file; empty when it keeps none."""

    async def embed(self, texts: tuple[str, ...], model: str) -> tuple[tuple[float, ...], ...]:
        """A vector for each text, all of one length, that stands for what it means."""

    async def tool_calls(self, run: Run) -> tuple[ToolCall, ...] | None:
        """The tools that ran, in order; None when the server does not tell."""
