"""Where a field of a plan stands in the document that it comes from."""

from asstctl.manifest.values import Fields, Path, Plain, at

_SPELLINGS: dict[str, tuple[Path, ...]] = {
    "reasoning_effort": (("reasoning_effort",), ("reasoning", "effort")),
    "response_format": (("response_format",), ("text", "format")),
}
"""Fields that manifests spell in more than one way, the usual one first."""


def place_of(value: Fields, field: str) -> Path | None:
    """The path of a dotted ``field`` in a merged document; None where it has no place of its own.

    Whole tools, files and vector stores have none: what stands for them there says more than the
    account does.
    """
    for name, spellings in _SPELLINGS.items():
        if field == name or field.startswith(f"{name}."):
            rest = _steps(field.removeprefix(name))
            written = next((s for s in spellings if at(value, *s) is not None), spellings[0])
            return (*written, *rest)
    head, _, rest_of = field.partition(".")
    if head == "tools":
        return _in_tool(value.get("tools"), rest_of)
    if head == "metadata" and rest_of:
        return ("metadata", rest_of)
    if field == "desktop":
        return ("desktop", "enabled")
    return None if head in {"files", "lifecycle"} else tuple(field.split("."))


def _steps(rest: str) -> Path:
    return tuple(filter(None, rest.split(".")))


def _in_tool(tools: Plain, field: str) -> Path | None:
    for number, tool in enumerate(tools if isinstance(tools, list) else ()):
        name = _name(tool)
        inside = field.removeprefix(f"{name}.")
        if not name or inside == field or inside in {"files", "vector_store"}:
            continue
        nested = isinstance(tool, dict) and isinstance(tool.get("function"), dict)
        return ("tools", number, *(("function",) if nested else ()), *_steps(inside))
    return None


def _name(tool: Plain) -> str:
    """What a plan calls a tool."""
    kind = at(tool, "type")
    label = at(tool, "function", "name") or at(tool, "name") or at(tool, "server_label")
    return f"{kind}.{label}" if label else str(kind or "")
