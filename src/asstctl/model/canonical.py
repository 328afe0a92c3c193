"""One form for equal things: what a manifest asks for and what an account holds, made comparable.

Defaults are dropped; null, absent, ``{}`` and ``[]`` are the same; tools are a set. The result
maps a field's dotted path, as the manifest spells it, to its value; a field at its default is
absent. ``canonical(actual) == canonical(desired)`` holds after every good apply. The defaults are
those of the spec's own dialect.
"""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Final, TypeAlias, assert_never

from asstctl.model.assistant import (
    AssistantSpec,
    CodeInterpreter,
    FileSearch,
    Function,
    HostedTool,
    Tool,
    tool_name,
)
from asstctl.model.dialect import Dialect, Support
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.json import JsonObject, JsonValue, canonical_json, digest, is_same
from asstctl.model.vector_store import Chunking, StoreFile, VectorStoreSpec

Canonical: TypeAlias = Mapping[str, JsonValue]

CODE_FILES: Final = "tools.code_interpreter.files"
VECTOR_STORE: Final = "tools.file_search.vector_store"
ENVIRONMENT: Final = "environment"
STORE_FILES: Final = "files"
PROTECT: Final = "lifecycle.protect"
FOREIGN: Final = "request"
"""What others added to a request. It is never applied, so no stamp names it."""

ASSISTANT_FIELDS: Final = (
    "model",
    "name",
    "description",
    "instructions",
    "tools",
    CODE_FILES,
    VECTOR_STORE,
    ENVIRONMENT,
    "temperature",
    "top_p",
    "response_format",
    "reasoning_effort",
    "reasoning.summary",
    "text.verbosity",
    "service_tier",
    "multi_agent",
    "compaction",
    "experimental",
    "metadata",
    PROTECT,
)
STORE_FIELDS: Final = ("name", "expires_after", STORE_FILES, "metadata", PROTECT)

ENVIRONMENT_FILES: Final = "files"
NETWORK: Final = "network"
UNREADABLE: Final = ("network.blocked_domains", "setup_commands", "env")
"""Fields of an environment that no account ever gives back."""
ENVIRONMENT_FIELDS: Final = (
    "name",
    ENVIRONMENT_FILES,
    "packages",
    NETWORK,
    "skills",
    "plugins",
    "desktop",
    "capability_directories",
    *UNREADABLE,
    PROTECT,
)

_VOID: Final[tuple[JsonValue, ...]] = (None, "", {}, [])
_NAMED_CHILDREN: Final = frozenset({"properties", "patternProperties", "$defs", "definitions"})
_NAME: Final = itemgetter(0)
_VERBATIM: Final = frozenset({"const", "default", "enum", "examples", "not", "contains"})
"""Members of a JSON Schema whose value means something even when it is void: ``const: ""`` is not
the same as none, and ``not: {}`` allows nothing."""


def canonical_assistant(spec: AssistantSpec, *, protect: bool = False) -> Canonical:
    """The fields of an assistant that differ from the API's defaults."""
    fields: dict[str, JsonValue] = {
        "model": spec.model,
        "name": spec.name,
        "description": spec.description,
        "instructions": spec.instructions,
        "tools": dict(sorted((_tool(tool, spec.dialect) for tool in spec.tools), key=_NAME)),
        CODE_FILES: sorted(set(spec.code_files)),
        VECTOR_STORE: spec.vector_store,
        ENVIRONMENT: spec.environment,
        "temperature": spec.temperature,
        "top_p": spec.top_p,
        "response_format": _dense(spec.response_format),
        "reasoning_effort": spec.reasoning_effort,
        "reasoning.summary": spec.reasoning_summary,
        "text.verbosity": spec.verbosity,
        "service_tier": spec.service_tier,
        "multi_agent": _dense(spec.multi_agent),
        "compaction": _dense(spec.compaction),
        "experimental": _dense(spec.experimental),
        "metadata": dict(spec.metadata),
        FOREIGN: dict(spec.foreign),
        PROTECT: protect,
    }
    return _set(_without(fields, spec.dialect.defaults))


def fields_of(dialect: Dialect) -> tuple[str, ...]:
    """The fields of an assistant that a dialect keeps: those that its stamp can name."""
    tools = {f"tools.{kind}" for kind in dialect.tools}
    return tuple(
        name
        for name in ASSISTANT_FIELDS
        if name == PROTECT
        or dialect.support(name) is Support.KEPT
        or name.rpartition(".")[0] in tools
    )


def canonical_store(spec: VectorStoreSpec, *, protect: bool = False) -> Canonical:
    """The fields of a vector store that differ from the API's defaults."""
    fields: dict[str, JsonValue] = {
        "name": spec.name,
        "expires_after": spec.expires_after_days and {"days": spec.expires_after_days},
        STORE_FILES: canonical_files(spec.files),
        "metadata": dict(spec.metadata),
        PROTECT: protect,
    }
    return _set(fields)


def canonical_environment(spec: EnvironmentSpec, *, protect: bool = False) -> Canonical:
    """The fields of an environment that differ from the API's defaults; ``network`` always."""
    network = _sets(spec.network)
    blocked = network.pop("blocked_domains", None)
    fields: dict[str, JsonValue] = {
        "name": spec.name,
        ENVIRONMENT_FILES: {file.path: file.ref or "inline" for file in spec.files},
        "packages": _sets(spec.packages),
        NETWORK: network,
        "skills": sorted(map(_dense, spec.skills), key=canonical_json),
        "plugins": sorted(map(_dense, spec.plugins), key=canonical_json),
        "desktop": spec.desktop,
        "capability_directories": sorted(set(spec.capability_directories)),
        "network.blocked_domains": blocked,
        "setup_commands": [
            {"command": item.command, "cwd": item.cwd} if item.cwd else item.command
            for item in spec.setup_commands
        ],
        "env": dict(spec.env),
        PROTECT: protect,
    }
    return _set(fields)


def readable(environment: Canonical) -> Canonical:
    """What an account gives back of a canonical environment."""
    return {name: value for name, value in environment.items() if name not in UNREADABLE}


def canonical_files(files: Iterable[StoreFile]) -> dict[str, JsonValue]:
    """A store's files as a set: each reference with the way it is cut and its name."""
    return {
        file.ref: " ".join(filter(None, (canonical_chunking(file.chunking), file.name)))
        for file in files
    }


def canonical_chunking(chunking: Chunking) -> str:
    """``auto``, or the two sizes as ``800/400``."""
    if chunking.is_default:
        return "auto"
    return f"{chunking.max_chunk_size_tokens}/{chunking.chunk_overlap_tokens}"


def spec_digest(canonical: Canonical) -> str:
    """SHA-256 of a whole canonical spec, in hexadecimal."""
    return digest(canonical)


def field_digest(value: JsonValue) -> str:
    """A short digest of one field: eight hexadecimal digits, empty for an absent field."""
    return "" if value is None else digest(value)[:8]


def _sets(value: JsonObject) -> dict[str, JsonValue]:
    """The members that hold something; each list is a set."""
    return {
        name: sorted(map(str, member)) if isinstance(member, list | tuple) else member
        for name, member in value.items()
        if member not in _VOID
    }


def _set(fields: JsonObject) -> Canonical:
    """The fields that hold something."""
    return {
        name: value for name, value in fields.items() if value not in _VOID and value is not False
    }


def _without(
    fields: JsonObject, defaults: Mapping[str, tuple[JsonValue, ...]], above: str = ""
) -> JsonObject:
    """The fields without those at a default, which dotted paths name at any depth."""
    kept: dict[str, JsonValue] = {}
    for name, value in fields.items():
        path = f"{above}{name}"
        if any(is_same(value, default) for default in defaults.get(path, ())):
            continue
        if isinstance(value, Mapping) and any(at.startswith(f"{path}.") for at in defaults):
            value = _without(value, defaults, f"{path}.")
        kept[name] = value
    return kept


def _tool(tool: Tool, dialect: Dialect) -> tuple[str, JsonValue]:
    """A tool's name, and its options as far as they say something; True when none do."""
    kind, options = _options(tool)
    known = dialect.tools.get(kind)
    return tool_name(tool), _dense(_without(options, known.defaults if known else {})) or True


def _options(tool: Tool) -> tuple[str, JsonObject]:
    """A tool's type, and its options with the names that the dialects use."""
    match tool:
        case CodeInterpreter():
            return "code_interpreter", {}
        case FileSearch(max_num_results, ranker, score_threshold, hybrid_search):
            ranking = {
                "ranker": ranker,
                "score_threshold": score_threshold,
                "hybrid_search": hybrid_search,
            }
            return "file_search", {"max_num_results": max_num_results, "ranking_options": ranking}
        case Function(_, description, parameters, strict, defer_loading):
            return "function", {
                "description": description or None,
                "parameters": _parameters(parameters),
                "strict": strict,
                "defer_loading": defer_loading,
            }
        case HostedTool(kind, own, needs):
            labelled = {name: value for name, value in own.items() if name != "server_label"}
            return kind, {**labelled, "needs": list(needs)}
        case _:
            assert_never(tool)


def _parameters(parameters: JsonValue) -> JsonValue:
    """A function's parameters; no parameters can be spelled in three ways."""
    dense = _dense(parameters)
    return None if dense in _VOID or dense == {"type": "object"} else dense


def _dense(value: JsonValue, *, named: bool = False) -> JsonValue:
    """The value without void members, except children whose names mean something themselves."""
    if value is None or isinstance(value, str | int | float):
        return value
    if not isinstance(value, Mapping):
        return [_dense(member) for member in value]
    if named:
        return {name: _dense(member) for name, member in value.items()}
    members = {
        name: member if name in _VERBATIM else _dense(member, named=name in _NAMED_CHILDREN)
        for name, member in value.items()
    }
    return {
        name: member for name, member in members.items() if name in _VERBATIM or member not in _VOID
    }
