"""What an assistant is, in the API's own words: what a manifest says and what an account holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from asstctl.model.dialect import ASSISTANTS, Dialect
from asstctl.model.json import JsonObject, JsonValue


@dataclass(frozen=True, slots=True)
class CodeInterpreter:
    """The ``code_interpreter`` tool. Its files are the assistant's ``code_files``."""


@dataclass(frozen=True, slots=True)
class FileSearch:
    """The ``file_search`` tool. Its vector store is the assistant's ``vector_store``.

    ``hybrid_search`` weighs meaning (``embedding_weight``) and words (``text_weight``).
    """

    max_num_results: int | None = None
    ranker: str | None = None
    score_threshold: float | None = None
    hybrid_search: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A function that the assistant may ask its caller to run; ``parameters`` is JSON Schema.

    ``defer_loading``: the model finds it by ``tool_search`` only.
    """

    name: str
    description: str | None = None
    parameters: JsonObject | None = None
    strict: bool | None = None
    defer_loading: bool | None = None


@dataclass(frozen=True, slots=True)
class HostedTool:
    """Any other tool that the API runs itself (``web_search``, ``mcp``, ...), in its own words.

    ``options`` are what the API takes beside ``type``. ``needs`` names secret options that are left
    out of them: whoever sends the assistant has to add them.
    """

    type: str
    options: JsonObject = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What tells it from others of its type: the ``server_label`` of an MCP server."""
        label = self.options.get("server_label")
        return label if isinstance(label, str) else ""


Tool: TypeAlias = CodeInterpreter | FileSearch | Function | HostedTool


def tool_name(tool: Tool) -> str:
    """What tells a tool from the others of an assistant, as the last part of its path."""
    match tool:
        case CodeInterpreter():
            return "code_interpreter"
        case FileSearch():
            return "file_search"
        case Function(name):
            return f"function.{name}"
        case HostedTool(type):
            return f"{type}.{tool.label}" if tool.label else type
        case _:
            assert_never(tool)


def need_path(tool: Tool, option: str) -> str:
    """Where a secret option of a tool stands: ``tools.mcp.crm.authorization``."""
    return f"tools.{tool_name(tool)}.{option}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantSpec:
    """One assistant's configuration; None means that it was not set.

    ``code_files``, ``vector_store`` and ``environment`` are *references*. In a **named** spec (a
    manifest, or an account seen through its stamps) they are content hashes and keys; in a
    **bound** spec (what goes over the wire) they are the account's ids. That of the environment
    stands in the bound metadata too (``model.stamp.ENVIRONMENT``): an agent has no other place.
    ``dialect`` is that of the API that the spec is written for, or was read from.
    """

    model: str
    name: str | None = None
    description: str | None = None
    instructions: str | None = None
    tools: tuple[Tool, ...] = ()
    code_files: tuple[str, ...] = ()
    vector_store: str | None = None
    environment: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    response_format: JsonValue = None
    reasoning_effort: str | None = None
    reasoning_summary: str | None = None
    verbosity: str | None = None
    service_tier: str | None = None
    multi_agent: JsonObject | None = None
    compaction: JsonObject | None = None
    experimental: JsonObject | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    foreign: JsonObject = field(default_factory=dict)
    dialect: Dialect = field(default=ASSISTANTS, repr=False, compare=False)
