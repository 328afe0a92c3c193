"""``lifecycle.ignore_changes``: fields that others may edit are neither compared nor written."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from asstctl.model.assistant import (
    AssistantSpec,
    FileSearch,
    Function,
    HostedTool,
    Tool,
    tool_name,
)
from asstctl.model.canonical import CODE_FILES, ENVIRONMENT, VECTOR_STORE, Canonical
from asstctl.model.desired import Lifecycle
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.vector_store import VectorStoreSpec

_SCALARS: Final[Mapping[str, str]] = {
    "model": "model",
    "name": "name",
    "description": "description",
    "instructions": "instructions",
    "temperature": "temperature",
    "top_p": "top_p",
    "reasoning_effort": "reasoning_effort",
    "reasoning.summary": "reasoning_summary",
    "text.verbosity": "verbosity",
    "service_tier": "service_tier",
    ENVIRONMENT: "environment",
}
"""Fields by their paths, and the attributes of a spec that hold them."""
_OBJECTS: Final = ("multi_agent", "compaction", "experimental")
_RANKING: Final = "ranking_options"

T = TypeVar("T")


def without_ignored(canonical: Canonical, lifecycle: Lifecycle) -> Canonical:
    """The fields that the manifest decides: those without ``lifecycle.ignore_changes``."""
    if not lifecycle.ignore_changes:
        return canonical
    kept = {name: _pruned(name, value, lifecycle) for name, value in canonical.items()}
    return {name: value for name, value in kept.items() if value is not None}


def keeping_ignored(
    spec: AssistantSpec, actual: AssistantSpec, lifecycle: Lifecycle
) -> AssistantSpec:
    """``spec`` with the account's own values where the manifest ignores changes."""
    if not lifecycle.ignore_changes:
        return spec

    def choose(path: str, desired: T, actual: T) -> T:
        return actual if lifecycle.ignores(path) else desired

    scalars = {
        name: choose(path, getattr(spec, name), getattr(actual, name))
        for path, name in _SCALARS.items()
    }
    objects: dict[str, Any] = {
        name: _overlaid(name, getattr(spec, name), getattr(actual, name), lifecycle)
        for name in _OBJECTS
    }
    return replace(
        spec,
        **scalars,
        **objects,
        code_files=choose(CODE_FILES, spec.code_files, actual.code_files),
        vector_store=choose(VECTOR_STORE, spec.vector_store, actual.vector_store),
        response_format=_overlaid(
            "response_format", spec.response_format, actual.response_format, lifecycle
        ),
        tools=_tools(spec.tools, actual.tools, lifecycle),
        metadata=_metadata(spec.metadata, actual.metadata, lifecycle),
    )


def keeping_ignored_store(
    spec: VectorStoreSpec, actual: VectorStoreSpec, lifecycle: Lifecycle
) -> VectorStoreSpec:
    """``keeping_ignored`` for a vector store."""
    keeps_days = lifecycle.ignores("expires_after")
    return replace(
        spec,
        name=actual.name if lifecycle.ignores("name") else spec.name,
        expires_after_days=(actual if keeps_days else spec).expires_after_days,
        metadata=_metadata(spec.metadata, actual.metadata, lifecycle),
    )


def keeping_ignored_environment(
    spec: EnvironmentSpec, actual: EnvironmentSpec, lifecycle: Lifecycle
) -> EnvironmentSpec:
    """``keeping_ignored`` for an environment: what cannot be read whole is never left to others."""

    def choose(path: str, desired: T, actual: T) -> T:
        return actual if lifecycle.ignores(path) else desired

    return replace(
        spec,
        name=choose("name", spec.name, actual.name),
        files=choose("files", spec.files, actual.files),
        packages=_object(_overlaid("packages", spec.packages, actual.packages, lifecycle)) or {},
        skills=choose("skills", spec.skills, actual.skills),
        plugins=choose("plugins", spec.plugins, actual.plugins),
        desktop=choose("desktop", spec.desktop, actual.desktop),
        capability_directories=choose(
            "capability_directories", spec.capability_directories, actual.capability_directories
        ),
    )


def _tools(
    desired: tuple[Tool, ...], actual: tuple[Tool, ...], lifecycle: Lifecycle
) -> tuple[Tool, ...]:
    """The desired tools, with the account's wherever a whole tool, or a part of one, is ignored."""
    there = {tool_name(tool): tool for tool in actual}
    kept = [
        _tool(f"tools.{tool_name(tool)}", tool, there.get(tool_name(tool)), lifecycle)
        for tool in desired
        if not lifecycle.ignores(f"tools.{tool_name(tool)}")
    ]
    return (*kept, *(t for name, t in there.items() if lifecycle.ignores(f"tools.{name}")))


def _tool(path: str, desired: Tool, actual: Tool | None, lifecycle: Lifecycle) -> Tool:
    def choose(name: str, desired: T, actual: T) -> T:
        return actual if lifecycle.ignores(f"{path}.{name}") else desired

    match desired, actual:
        case FileSearch(), FileSearch():
            return FileSearch(
                choose("max_num_results", desired.max_num_results, actual.max_num_results),
                choose(f"{_RANKING}.ranker", desired.ranker, actual.ranker),
                choose(
                    f"{_RANKING}.score_threshold", desired.score_threshold, actual.score_threshold
                ),
                _object(
                    _overlaid(
                        f"{path}.{_RANKING}.hybrid_search",
                        desired.hybrid_search,
                        actual.hybrid_search,
                        lifecycle,
                    )
                ),
            )
        case Function(), Function():
            parameters = _overlaid(
                f"{path}.parameters", desired.parameters, actual.parameters, lifecycle
            )
            return Function(
                desired.name,
                choose("description", desired.description, actual.description),
                _object(parameters),
                choose("strict", desired.strict, actual.strict),
                choose("defer_loading", desired.defer_loading, actual.defer_loading),
            )
        case HostedTool(), HostedTool():
            options = _overlaid(path, desired.options, actual.options, lifecycle)
            return replace(desired, options=_object(options) or {})
        case _:
            return desired


def _object(value: JsonValue) -> JsonObject | None:
    return value if isinstance(value, Mapping) else None


def _metadata(
    desired: Mapping[str, str], actual: Mapping[str, str], lifecycle: Lifecycle
) -> dict[str, str]:
    def ignored(name: str) -> bool:
        return lifecycle.ignores(f"metadata.{name}")

    return {name: value for name, value in desired.items() if not ignored(name)} | {
        name: value for name, value in actual.items() if ignored(name)
    }


def _pruned(path: str, value: JsonValue, lifecycle: Lifecycle) -> JsonValue:
    """A field without its ignored members; None when nothing else is left."""
    if lifecycle.ignores(path):
        return None
    if not isinstance(value, Mapping) or not lifecycle.looks_into(path):
        return value
    kept: dict[str, JsonValue] = {}
    for name, item in value.items():
        member = f"{path}.{name}"
        rest = _pruned(member, item, lifecycle)
        if rest is None and path == "tools" and not lifecycle.ignores(member):
            rest = True  # A tool whose options are all ignored is still a tool of the manifest.
        if rest is not None:
            kept[name] = rest
    if path.endswith(".parameters") and kept == {"type": "object"}:
        return None  # An object without properties is one of the spellings of "no parameters".
    return kept or None


def _overlaid(path: str, desired: JsonValue, actual: JsonValue, lifecycle: Lifecycle) -> JsonValue:
    """The desired JSON with the account's at the ignored places."""
    if lifecycle.ignores(path):
        return actual
    if (
        not isinstance(desired, Mapping)
        or not isinstance(actual, Mapping)
        or not lifecycle.looks_into(path)
    ):
        return desired
    merged = {
        name: _overlaid(f"{path}.{name}", desired.get(name), actual.get(name), lifecycle)
        for name in dict.fromkeys((*desired, *actual))
    }
    return {name: item for name, item in merged.items() if item is not None}
