"""One form for equal things: what a manifest asks for and what an account holds, made comparable.

Defaults are dropped; null, absent, ``{}`` and ``[]`` are the same; tools are a set. The result
maps a field's dotted path, as the manifest spells it, to its value; a field at its default is
absent. ``canonical(actual) == canonical(desired)`` holds after every good apply. The defaults are
those of the one dialect so far, Assistants v2.
"""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Final, TypeAlias, assert_never

from asstctl.model.assistant import AssistantSpec, CodeInterpreter, FileSearch, Function, Tool
from asstctl.model.json import JsonValue, digest
from asstctl.model.vector_store import Chunking, StoreFile, VectorStoreSpec

Canonical: TypeAlias = Mapping[str, JsonValue]

CODE_FILES: Final = "tools.code_interpreter.files"
VECTOR_STORE: Final = "tools.file_search.vector_store"
STORE_FILES: Final = "files"
PROTECT: Final = "lifecycle.protect"

ASSISTANT_FIELDS: Final = (
    "model",
    "name",
    "description",
    "instructions",
    "tools",
    CODE_FILES,
    VECTOR_STORE,
    "temperature",
    "top_p",
    "response_format",
    "reasoning_effort",
    "metadata",
    PROTECT,
)
STORE_FIELDS: Final = ("name", "expires_after", STORE_FILES, "metadata", PROTECT)

_DEFAULTS: Final[Canonical] = {"temperature": 1, "top_p": 1, "response_format": "auto"}
_VOID: Final[tuple[JsonValue, ...]] = (None, "", {}, [])
_DEFAULT_RANKERS: Final = (None, "auto", "default_2024_08_21")
_DEFAULT_MAX_NUM_RESULTS: Final = 20
_NAMED_CHILDREN: Final = frozenset({"properties", "patternProperties", "$defs", "definitions"})
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
        "tools": _tools(spec.tools),
        CODE_FILES: sorted(set(spec.code_files)),
        VECTOR_STORE: spec.vector_store,
        "temperature": spec.temperature,
        "top_p": spec.top_p,
        "response_format": _dense(spec.response_format),
        "reasoning_effort": spec.reasoning_effort,
        "metadata": dict(spec.metadata),
        PROTECT: protect,
    }
    return _without_defaults(fields)


def canonical_store(spec: VectorStoreSpec, *, protect: bool = False) -> Canonical:
    """The fields of a vector store that differ from the API's defaults."""
    fields: dict[str, JsonValue] = {
        "name": spec.name,
        "expires_after": spec.expires_after_days and {"days": spec.expires_after_days},
        STORE_FILES: canonical_files(spec.files),
        "metadata": dict(spec.metadata),
        PROTECT: protect,
    }
    return _without_defaults(fields)


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


def _without_defaults(fields: Mapping[str, JsonValue]) -> Canonical:
    return {
        name: value
        for name, value in fields.items()
        if value not in _VOID and value is not False and value != _DEFAULTS.get(name)
    }


def _tools(tools: Iterable[Tool]) -> dict[str, JsonValue]:
    return dict(sorted((_tool(tool) for tool in tools), key=itemgetter(0)))


def _tool(tool: Tool) -> tuple[str, JsonValue]:
    match tool:
        case CodeInterpreter():
            return "code_interpreter", True
        case FileSearch(None, None, None):
            return "file_search", True
        case FileSearch(max_num_results, ranker, score_threshold):
            options = {
                "max_num_results": None
                if max_num_results == _DEFAULT_MAX_NUM_RESULTS
                else max_num_results,
                "ranking_options": {
                    "ranker": None if ranker in _DEFAULT_RANKERS else ranker,
                    "score_threshold": score_threshold or None,
                },
            }
            return "file_search", _dense(options) or True
        case Function(name, description, parameters, strict):
            function: dict[str, JsonValue] = {
                "description": description or None,
                "parameters": _parameters(parameters),
                "strict": strict or None,
            }
            return f"function.{name}", _dense(function) or True
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
