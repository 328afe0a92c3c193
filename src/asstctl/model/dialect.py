"""What each API can express: its *dialect*, as one frozen value.

A manifest speaks one language; three APIs speak dialects of it. A dialect says of every field and
tool whether the API has it, whether leaving it out there only loses tuning (*lost*), or whether the
assistant could not do what its manifest promises (everything else: *not expressible*). Fields have
the names of ``model.canonical``. Nothing above ``asstctl.remote`` asks which API it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
class Options:
    """What an API has of the options of one thing: of a kind of tool, or of a JSON Schema format.

    Dotted paths lead into an option. ``defaults`` are the values that mean the same as none.
    ``lacks`` are members that an option has on other APIs only, ``values`` what else it may be.
    Of each group in ``requires`` at least one has to be there.
    """

    names: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    defaults: Mapping[str, tuple[JsonValue, ...]] = field(default_factory=dict)
    values: Mapping[str, tuple[JsonValue, ...]] = field(default_factory=dict)
    requires: tuple[tuple[str, ...], ...] = ()

    def support(self, path: str, value: JsonValue) -> Support:
        """What becomes of an option, or of a member of one, that has this value."""
        known = path.partition(".")[0] in self.names and path not in self.lacks
        if known and value in self.values.get(path, (value,)):
            return Support.KEPT
        return Support.LOST if path in self.lost else Support.IMPOSSIBLE

    def missing(self, given: JsonObject) -> tuple[tuple[str, ...], ...]:
        """The groups of which nothing is there; even an empty text is something."""
        return tuple(
            group for group in self.requires if all(given.get(name) is None for name in group)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What one API can express.

    ``formats`` are the kinds of ``response_format``. ``defaults`` gives, by a field's dotted path,
    the values that mean the same as leaving it out, such as those that the API reads back.
    ``values`` are all that a field may be, where that is not the same on every API. ``limits`` are
    sizes in characters, by field; that of ``tools`` is in bytes of compact JSON. ``replaced``
    names, by kind of tool, the field that does the work of one that the API does not have.
    """

    api: Api
    fields: frozenset[str]
    lost: frozenset[str] = frozenset()
    formats: frozenset[str]
    json_schema: Options
    tools: Mapping[str, Options]
    defaults: Mapping[str, tuple[JsonValue, ...]]
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    limits: Mapping[str, int]
    chosen: Mapping[str, str] = field(default_factory=dict)
    """Fields that the server sets where they are left out, each with the field that it follows."""
    replaced: Mapping[str, str] = field(default_factory=dict)
    has_assistants: bool = True
    """Whether a server holds assistants as objects; else a bundle holds them, as requests."""
    has_citations: bool = True
    """Whether an answer says which files it is based on."""
    copies_assistants: bool = False
    """Whether what runs already goes on with the assistant that it began with."""
    opening_roles: frozenset[str] = frozenset({"user", "assistant"})
    """Who may have said something before the first prompt of a smoke case."""
    attaches_into: str | None = None
    """The field without which a conversation takes no files; None where each tool takes its own."""
    undeclared_tools: frozenset[str] = frozenset()
    """Tools that run although no assistant has them among its ``tools``."""
    run_options: frozenset[str] = frozenset()
    """What a smoke case may ask of its runs. One that goes by its type has that in its name."""
    refused_by_reasoning: frozenset[str] = frozenset()
    """Fields that the API has, and that a reasoning model refuses all the same."""

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
    "model",
    "tool_choice",
    "max_completion_tokens",
    "truncation_strategy.auto",
    "additional_instructions",
    "parallel_tool_calls",
}
_AUTO_OR_TEXT: Final[tuple[JsonValue, ...]] = ("auto", {"type": "text"})

_CODE_INTERPRETER: Final = Options(names=frozenset({"files"}))
_FILE_SEARCH: Final = Options(
    names=frozenset(
        {"vector_store", "files", "chunking_strategy", "max_num_results", "ranking_options"}
    ),
    lost=frozenset({"ranking_options.ranker"}),
    defaults={
        "max_num_results": (20,),
        "ranking_options.ranker": ("auto", "default_2024_08_21"),
        "ranking_options.score_threshold": (0,),
    },
    values={"ranking_options.ranker": ("auto", "default_2024_08_21")},
    lacks=frozenset({"ranking_options.hybrid_search"}),
)
_FUNCTION: Final = Options(
    names=frozenset({"name", "description", "parameters", "strict"}),
    lost=frozenset({"defer_loading"}),
    defaults={"strict": (False,)},
)
_SCHEMA: Final = Options(
    names=frozenset({"name", "description", "schema", "strict"}),
    defaults={"strict": (False,)},
    requires=(("name",),),
)

ASSISTANTS: Final = Dialect(
    api=Api.ASSISTANTS,
    fields=_COMMON | _SAMPLING | {"description"},
    lost=_MODERN | _HARNESS,
    formats=frozenset({"auto", "text", "json_object", "json_schema"}),
    json_schema=_SCHEMA,
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
    json_schema=replace(_SCHEMA, requires=(("name",), ("schema",))),
    tools={
        "code_interpreter": _CODE_INTERPRETER,
        "file_search": replace(
            _FILE_SEARCH,
            # The older ranker is the API's own choice here.
            values={"ranking_options.ranker": ("auto", "default_2024_08_21", "default-2024-11-15")},
            lacks=frozenset(),
            requires=(("vector_store", "files"),),
        ),
        "function": replace(
            _FUNCTION,
            names=_FUNCTION.names | {"defer_loading"},
            defaults={"strict": (False,), "defer_loading": (False,)},
        ),
        "web_search": Options(
            names=frozenset(
                {"filters", "search_context_size", "user_location", "external_web_access"}
            ),
            defaults={"search_context_size": ("medium",), "external_web_access": (True,)},
        ),
        "mcp": Options(
            names=frozenset(
                {
                    "server_label",
                    "server_url",
                    "connector_id",
                    "tunnel_id",
                    "server_description",
                    "allowed_tools",
                    "allowed_callers",
                    "authorization",
                    "headers",
                    "require_approval",
                    "defer_loading",
                }
            ),
            defaults={"defer_loading": (False,)},
            requires=(("server_url", "connector_id", "tunnel_id"),),
        ),
        "tool_search": Options(),
        "programmatic_tool_calling": Options(defaults={"enabled": (True,)}),
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
    refused_by_reasoning=_SAMPLING,
)

AGENTS: Final = Dialect(
    api=Api.AGENTS,
    fields=_COMMON | _MODERN | _HARNESS | {"multi_agent", "environment"},
    lost=_SAMPLING | {"description"},
    formats=frozenset({"auto", "text", "json_schema"}),
    json_schema=Options(
        names=frozenset({"schema"}),
        lost=frozenset({"name", "description", "strict"}),
        requires=(("schema",),),
    ),
    tools={
        "function": Options(
            names=frozenset({"name", "description", "parameters", "defer_loading"}),
            lost=frozenset({"strict"}),
            defaults={"defer_loading": (False,)},
            requires=(("description",),),
        ),
        "web_search": Options(
            names=frozenset({"mode", "context_size", "allowed_domains", "location"}),
            defaults={"mode": ("live",), "context_size": ("medium",)},
        ),
        "mcp": Options(
            names=frozenset(
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
            lacks=frozenset({"allowed_tools.tool_names", "allowed_tools.read_only"}),
            lost=frozenset({"server_description"}),
            defaults={"required": (False,), "connection_origin": ("service",)},
            requires=(("transport",),),
        ),
        "computer_use": Options(
            names=frozenset({"include_screenshots"}), defaults={"include_screenshots": (False,)}
        ),
        "tool_search": Options(),
        "programmatic_tool_calling": Options(
            names=frozenset({"enabled"}), defaults={"enabled": (True,)}
        ),
        "automations": Options(),
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
    values={
        "service_tier": frozenset({"auto", "default", "flex", "priority", "fast", "ultrafast"})
    },
    limits={"name": 128, "instructions": 1_048_576, "tools": 3 * 1024 * 1024},
    chosen={"reasoning_effort": "model"},
    replaced={"code_interpreter": "environment"},
    has_citations=False,
    copies_assistants=True,
    opening_roles=frozenset({"user"}),
    attaches_into="environment",
    undeclared_tools=frozenset({"shell"}),
    run_options=frozenset({"model", "additional_instructions"}),
)

DIALECTS: Final[Mapping[Api, Dialect]] = {
    dialect.api: dialect for dialect in (ASSISTANTS, RESPONSES, AGENTS)
}
