"""``lifecycle.ignore_changes``: fields that others may edit are neither compared nor written."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, assert_never

from asstctl.model.assistant import AssistantSpec, CodeInterpreter, FileSearch, Function, Tool
from asstctl.model.canonical import CODE_FILES, VECTOR_STORE, Canonical
from asstctl.model.desired import Lifecycle
from asstctl.model.json import JsonValue
from asstctl.model.vector_store import VectorStoreSpec

_SCALARS: Final = (
    "model",
    "name",
    "description",
    "instructions",
    "temperature",
    "top_p",
    "response_format",
    "reasoning_effort",
)


def without_ignored(canonical: Canonical, lifecycle: Lifecycle) -> Canonical:
    """The fields that are asstctl's business."""
    kept: dict[str, JsonValue] = {}
    for name, value in canonical.items():
        if lifecycle.ignores(name):
            continue
        if isinstance(value, Mapping):
            value = {k: v for k, v in value.items() if not lifecycle.ignores(f"{name}.{k}")}
            if not value:
                continue
        kept[name] = value
    return kept


def keeping_ignored(
    spec: AssistantSpec, actual: AssistantSpec, lifecycle: Lifecycle
) -> AssistantSpec:
    """``spec`` with the account's own values where the manifest does not care."""
    if not lifecycle.ignore_changes:
        return spec
    theirs = {name: getattr(actual, name) for name in _SCALARS if lifecycle.ignores(name)}
    if lifecycle.ignores(CODE_FILES):
        theirs["code_files"] = actual.code_files
    if lifecycle.ignores(VECTOR_STORE):
        theirs["vector_store"] = actual.vector_store
    return replace(
        spec,
        **theirs,
        tools=_tools(spec.tools, actual.tools, lifecycle),
        metadata=_metadata(spec.metadata, actual.metadata, lifecycle),
    )


def keeping_ignored_store(
    spec: VectorStoreSpec, actual: VectorStoreSpec, lifecycle: Lifecycle
) -> VectorStoreSpec:
    """``keeping_ignored`` for a vector store."""
    return replace(
        spec,
        name=actual.name if lifecycle.ignores("name") else spec.name,
        expires_after_days=(
            actual.expires_after_days
            if lifecycle.ignores("expires_after")
            else spec.expires_after_days
        ),
        metadata=_metadata(spec.metadata, actual.metadata, lifecycle),
    )


def _tools(
    ours: tuple[Tool, ...], theirs: tuple[Tool, ...], lifecycle: Lifecycle
) -> tuple[Tool, ...]:
    def ignored(tool: Tool) -> bool:
        return lifecycle.ignores("tools") or lifecycle.ignores(f"tools.{tool_name(tool)}")

    return (
        *(tool for tool in ours if not ignored(tool)),
        *(tool for tool in theirs if ignored(tool)),
    )


def _metadata(
    ours: Mapping[str, str], theirs: Mapping[str, str], lifecycle: Lifecycle
) -> dict[str, str]:
    def ignored(name: str) -> bool:
        return lifecycle.ignores("metadata") or lifecycle.ignores(f"metadata.{name}")

    return {name: value for name, value in ours.items() if not ignored(name)} | {
        name: value for name, value in theirs.items() if ignored(name)
    }


def tool_name(tool: Tool) -> str:
    """What distinguishes a tool inside an assistant, as the last part of its path."""
    match tool:
        case CodeInterpreter():
            return "code_interpreter"
        case FileSearch():
            return "file_search"
        case Function(name):
            return f"function.{name}"
        case _:
            assert_never(tool)
