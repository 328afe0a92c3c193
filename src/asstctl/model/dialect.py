"""What each API can express: its *dialect*, as one frozen value.

A manifest speaks one language; three APIs speak dialects of it. A dialect says of every field and
tool whether the API has it, whether leaving it out there only loses tuning (*lost*), or whether the
assistant could not do what its manifest promises (everything else: *not expressible*). Fields have
the names of ``model.canonical``. Nothing above ``asstctl.remote`` asks which API it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from asstctl.model.json import JsonObject, JsonValue


class Api(StrEnum):
    """What a target speaks."""

    ASSISTANTS = "assistants"
    RESPONSES = "responses"
    AGENTS = "agents"


class Support(StrEnum):
    """What becomes of a field or a tool in a dialect."""

    KEPT = "kept"
    LOST = "lost"
    """Tuning that the API does not have, and that changes nothing else."""
    IMPOSSIBLE = "not expressible"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolDialect:
    """One kind of tool. ``defaults`` are the values of options that mean the same as none."""

    options: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    defaults: Mapping[str, tuple[JsonValue, ...]] = field(default_factory=dict)

    def support(self, option: str) -> Support:
        """What becomes of one option of the tool."""
        if option in self.options:
            return Support.KEPT
        return Support.LOST if option in self.lost else Support.IMPOSSIBLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What one API can express.

    ``formats`` are the kinds of ``response_format``. ``defaults`` gives, by a field's dotted path,
    the values that mean the same as leaving it out, such as those that the API reads back.
    ``limits`` are sizes in characters, by field.
    """

    api: Api
    fields: frozenset[str]
    lost: frozenset[str] = frozenset()
    formats: frozenset[str]
    tools: Mapping[str, ToolDialect]
    defaults: Mapping[str, tuple[JsonValue, ...]]
    limits: Mapping[str, int]
    has_assistants: bool = True
    """Whether a server holds assistants as objects; else a bundle holds them, as requests."""
    has_citations: bool = True
    """Whether an answer says which files it is based on."""
    run_options: frozenset[str] = frozenset()
    """What a smoke case may ask of its runs. One that goes by its type has that in its name."""

    def support(self, name: str) -> Support:
        """What becomes of a field."""
        if name in self.fields:
            return Support.KEPT
        return Support.LOST if name in self.lost else Support.IMPOSSIBLE

    def inexpressible(self, run: JsonObject) -> tuple[str, ...]:
        """The options among those of a case's ``run`` that the API's runs do not have."""
        names = (
            name
            for name, value in run.items()
            if not {name, f"{name}.{_type_of(value)}"} & self.run_options
        )
        return tuple(names)


def _type_of(value: JsonValue) -> JsonValue:
    return value.get("type") if isinstance(value, Mapping) else None


_COMMON: Final = frozenset(
    {"model", "name", "instructions", "tools", "response_format", "reasoning_effort", "metadata"}
)
_SAMPLING: Final = frozenset({"temperature", "top_p"})
_MODERN: Final = frozenset({"reasoning.summary", "text.verbosity", "service_tier"})
_HARNESS: Final = frozenset({"compaction", "experimental"})
_RUN: Final = _SAMPLING | {
    "tool_choice",
    "max_completion_tokens",
    "truncation_strategy.auto",
    "additional_instructions",
    "parallel_tool_calls",
}
_AUTO_OR_TEXT: Final[tuple[JsonValue, ...]] = ("auto", {"type": "text"})

_CODE_INTERPRETER: Final = ToolDialect(options=frozenset({"files"}))
_FILE_SEARCH: Final = ToolDialect(
    options=frozenset(
        {"vector_store", "files", "chunking_strategy", "max_num_results", "ranking_options"}
    ),
    defaults={
        "max_num_results": (20,),
        "ranking_options.ranker": ("auto", "default_2024_08_21"),
        "ranking_options.score_threshold": (0,),
    },
)
_FUNCTION: Final = ToolDialect(
    options=frozenset({"name", "description", "parameters", "strict"}),
    defaults={"strict": (False,)},
)

ASSISTANTS: Final = Dialect(
    api=Api.ASSISTANTS,
    fields=_COMMON | _SAMPLING | {"description"},
    lost=_MODERN | _HARNESS,
    formats=frozenset({"auto", "text", "json_object", "json_schema"}),
    tools={
        "code_interpreter": _CODE_INTERPRETER,
        "file_search": _FILE_SEARCH,
        "function": _FUNCTION,
    },
    defaults={"temperature": (1,), "top_p": (1,), "response_format": ("auto",)},
    limits={"name": 256, "description": 512, "instructions": 256_000},
    run_options=_RUN | {"max_prompt_tokens", "truncation_strategy.last_messages"},
)

RESPONSES: Final = Dialect(
    api=Api.RESPONSES,
    fields=_COMMON | _SAMPLING | _MODERN,
    lost=_HARNESS | {"description"},
    formats=frozenset({"auto", "text", "json_object", "json_schema"}),
    tools={
        "code_interpreter": _CODE_INTERPRETER,
        "file_search": _FILE_SEARCH,
        "function": _FUNCTION,
        "web_search": ToolDialect(
            options=frozenset({"filters", "search_context_size", "user_location"}),
            defaults={"search_context_size": ("medium",)},
        ),
        "mcp": ToolDialect(
            options=frozenset(
                {
                    "server_label",
                    "server_url",
                    "connector_id",
                    "server_description",
                    "allowed_tools",
                    "authorization",
                    "headers",
                    "require_approval",
                }
            ),
        ),
    },
    defaults={
        "temperature": (1,),
        "top_p": (1,),
        "response_format": _AUTO_OR_TEXT,
        "text.verbosity": ("medium",),
        "service_tier": ("auto",),
    },
    limits={"name": 256, "instructions": 256_000},
    run_options=_RUN,
    has_assistants=False,
)

AGENTS: Final = Dialect(
    api=Api.AGENTS,
    fields=_COMMON | _MODERN | _HARNESS | {"multi_agent", "environment"},
    lost=_SAMPLING | {"description"},
    formats=frozenset({"auto", "text", "json_schema"}),
    tools={
        "function": ToolDialect(
            options=frozenset({"name", "description", "parameters", "defer_loading"}),
            lost=frozenset({"strict"}),
            defaults={"defer_loading": (False,)},
        ),
        "web_search": ToolDialect(
            options=frozenset({"mode", "context_size", "allowed_domains", "location"}),
            defaults={"mode": ("live",), "context_size": ("medium",)},
        ),
        "mcp": ToolDialect(
            options=frozenset(
                {
                    "server_label",
                    "transport",
                    "allowed_tools",
                    "connection_origin",
                    "credential_id",
                    "request_metadata",
                    "required",
                }
            ),
            defaults={"required": (False,), "connection_origin": ("service",)},
        ),
        "computer_use": ToolDialect(
            options=frozenset({"include_screenshots"}), defaults={"include_screenshots": (False,)}
        ),
        "tool_search": ToolDialect(),
        "programmatic_tool_calling": ToolDialect(
            options=frozenset({"enabled"}), defaults={"enabled": (True,)}
        ),
        "automations": ToolDialect(),
    },
    defaults={
        "response_format": _AUTO_OR_TEXT,
        "text.verbosity": ("medium",),
        "service_tier": ("auto",),
        "multi_agent.enabled": (False,),
        "multi_agent.max_concurrent_subagents": (6,),
        "compaction.async": (False,),
        "experimental.time_awareness": (False,),
    },
    limits={"name": 128, "instructions": 1_048_576},
    has_citations=False,
)

DIALECTS: Final[Mapping[Api, Dialect]] = {
    dialect.api: dialect for dialect in (ASSISTANTS, RESPONSES, AGENTS)
}
