"""What an assistant is, in the API's own words: what a manifest says and what an account holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from asstctl.model.json import JsonObject, JsonValue


@dataclass(frozen=True, slots=True)
class CodeInterpreter:
    """The ``code_interpreter`` tool. Its files are the assistant's ``code_files``."""


@dataclass(frozen=True, slots=True)
class FileSearch:
    """The ``file_search`` tool. Its vector store is the assistant's ``vector_store``."""

    max_num_results: int | None = None
    ranker: str | None = None
    score_threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A function that the assistant may ask its caller to run; ``parameters`` is JSON Schema."""

    name: str
    description: str | None = None
    parameters: JsonObject | None = None
    strict: bool | None = None


Tool: TypeAlias = CodeInterpreter | FileSearch | Function


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantSpec:
    """One assistant's configuration; None means that it was not set.

    ``code_files`` and ``vector_store`` are *references*. In a **named** spec (a manifest, or an
    account seen through its stamps) they are content hashes and a store's key; in a **bound**
    spec (what goes over the wire) they are the account's ids.
    """

    model: str
    name: str | None = None
    description: str | None = None
    instructions: str | None = None
    tools: tuple[Tool, ...] = ()
    code_files: tuple[str, ...] = ()
    vector_store: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    response_format: JsonValue = None
    reasoning_effort: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
