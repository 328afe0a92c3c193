"""Smoke cases: a conversation with an assistant and what is expected of its answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from asstctl.model.diagnostics import Location
from asstctl.model.file import LocalFile
from asstctl.model.json import JsonObject, JsonValue
from asstctl.text.words import listed


class ExpectationKind(StrEnum):
    """What an expectation looks at. Each has a negation, written ``not_<kind>``."""

    CONTAINS = "contains"
    EQUALS = "equals"
    MATCHES = "matches"
    JSON = "json"
    CITES = "cites"
    REFUSES = "refuses"
    USES = "uses"
    CALLS = "calls"
    STATUS = "status"
    MAX_SECONDS = "max_seconds"
    MAX_TOKENS = "max_tokens"
    COST = "cost"
    SIMILAR = "similar"
    COMMAND = "command"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One statement about one turn. ``expected`` has the shape that the schema gives its kind.

    ``folder`` is that of the file in which it stands, in the project: programs run there.
    """

    kind: ExpectationKind
    expected: JsonValue
    negated: bool = False
    folder: str = ""

    @property
    def label(self) -> str:
        """The expectation's name as the manifest writes it."""
        return f"not_{self.kind}" if self.negated else str(self.kind)


def chosen_of(matrix: Mapping[str, str]) -> str:
    """How the name of a case ends that has these values of a matrix: `` [model=m, tone=kind]``."""
    chosen = ", ".join(f"{name}={label}" for name, label in matrix.items())
    return f" [{chosen}]" if chosen else ""


class Require(StrEnum):
    """How many of a case's repeated runs have to pass."""

    ALL = "all"
    MAJORITY = "majority"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a message brings along, and the tools (by type) that may read it."""

    file: LocalFile
    tools: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that stands in the thread before the first turn."""

    role: str
    content: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningThread:
    """How the thread begins: earlier messages, and files and stores of its own.

    ``vector_store`` is the key of a store of the project.
    """

    messages: tuple[Message, ...] = ()
    code_files: tuple[LocalFile, ...] = ()
    vector_store: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One prompt and what its answer is held to."""

    prompt: str
    attachments: tuple[Attachment, ...] = ()
    expect: tuple[Expectation, ...] = ()


@dataclass(frozen=True, slots=True)
class FixedOutput:
    """An answer for calls whose arguments include ``arguments``; empty means any call."""

    output: JsonValue
    arguments: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CommandOutput:
    """A program that reads the arguments as JSON on stdin; its stdout is the answer."""

    command: tuple[str, ...]
    timeout: float = 30.0


FunctionOutput: TypeAlias = FixedOutput | CommandOutput


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeCase:
    """A named conversation.

    ``run`` holds run options in the API's own words. ``functions`` gives, per function name, the
    outputs to try in order. ``needs_model`` marks a case that the offline model cannot pass by
    wiring alone. An empty ``targets`` means every target. ``matrix`` is what the case has of each
    list of a matrix, in the words of its name.
    """

    name: str
    turns: tuple[Turn, ...]
    thread: OpeningThread = OpeningThread()
    run: JsonObject = field(default_factory=dict)
    functions: Mapping[str, tuple[FunctionOutput, ...]] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    repeat: int = 1
    require: Require = Require.ALL
    needs_model: bool = False
    location: Location | None = None
    matrix: Mapping[str, str] = field(default_factory=dict)

    def is_for(self, target: str) -> bool:
        """Whether the case is run on this target."""
        return not self.targets or target in self.targets

    def model(self, assistants: str) -> str:
        """The model that answers: the one that the case asks for, else the assistant's."""
        return str(self.run.get("model", assistants))

    @property
    def is_beyond_wiring(self) -> bool:
        """Whether only a real model can pass the case: it says so, or a judge is to grade it."""
        expectations = (item for turn in self.turns for item in turn.expect)
        return self.needs_model or any(i.kind is ExpectationKind.JUDGE for i in expectations)

    @property
    def elsewhere(self) -> str:
        """Why the case is not run on other targets: ``only for dev, staging and prod``."""
        return f"only for {listed(self.targets)}"

    @property
    def files(self) -> tuple[LocalFile, ...]:
        """The files that the case brings along, in its thread and its messages."""
        holders: tuple[Message | Turn, ...] = (*self.thread.messages, *self.turns)
        attached = (item.file for holder in holders for item in holder.attachments)
        return (*self.thread.code_files, *attached)
