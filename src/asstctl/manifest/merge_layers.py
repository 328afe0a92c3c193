"""Documents as they are for a target, merged from up to three layers, their references replaced.

The project's ``defaults`` lie below (assistants only), the document itself in the middle, the
target's ``overrides`` above.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from asstctl.manifest.deep_merge import deep_merge
from asstctl.manifest.document import Context, Document
from asstctl.manifest.interpolate import Replaced, Scope, interpolate
from asstctl.manifest.paths import Files
from asstctl.manifest.problems import Problems, Rejected
from asstctl.manifest.project import Settings
from asstctl.manifest.schema.validate import validate
from asstctl.manifest.values import Path
from asstctl.manifest.yaml.provenance import Layer, Provenance

SCHEMAS = {"assistant": "assistant", "vector_store": "vector-store"}
"""The schema of each kind of document."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What a document is for one target. Only the ``chosen`` one is what should exist."""

    ctx: Context
    chosen: bool


def variants(
    document: Document, settings: Settings, files: Files, problems: Problems
) -> Iterator[Variant]:
    """The document for the chosen target; then for each that it has overrides for.

    All of them are checked, so that a mistake is found before its target is ever used.
    """
    overrides = document.value.get("overrides")
    names = list(overrides) if isinstance(overrides, dict) else []
    for target in dict.fromkeys((settings.target_name, *names)):
        if target is not None and target not in settings.targets:
            continue  # reported where overrides are looked at
        ctx, unknown = _merged(document, target, settings, files, problems)
        value = validate(ctx, SCHEMAS[document.value["kind"]], unknown).value
        if value is not None:
            ctx.value = value
            yield Variant(ctx, chosen=target == settings.target_name)


def _merged(
    document: Document, target: str | None, settings: Settings, files: Files, problems: Problems
) -> tuple[Context, set[Path]]:
    value: dict[str, Any] = document.value
    above = below = None
    if settings.defaults and value["kind"] == "assistant":
        below = settings.defaults.layer
        value = deep_merge(settings.defaults.value, value)
    overrides = document.value.get("overrides")
    override = overrides.get(target) if isinstance(overrides, dict) else None
    if isinstance(override, dict):
        above = _override_layer(document, str(target))
        allowed = {k: v for k, v in override.items() if k not in _IDENTITY}
        value = deep_merge(value, allowed)
    ctx = Context(
        value,
        Provenance(document.layer, above, below),
        problems,
        files,
        settings.targets,
        scope=settings.scopes[target],
    )
    if value.get("smoke") is document.value.get("smoke"):
        ctx.case_locations = document.case_locations
    unknown: set[Path] = set()
    if "${" in document.source.text or (below and settings.defaults and settings.defaults.refers):
        ctx.value = _replaced(ctx, settings.scopes[target], settings, unknown)
    return ctx, unknown


_IDENTITY = frozenset({"kind", "key", "previously", "overrides"})


def _override_layer(document: Document, target: str) -> Layer:
    return Layer(document.source, document.layer.index, ("overrides", target))


def _replaced(ctx: Context, scope: Scope, settings: Settings, unknown: set[Path]) -> dict[str, Any]:
    def report(path: Path, rejected: Rejected | None) -> None:
        unknown.add(path)
        if rejected:
            ctx.reject(rejected, path)

    def note(path: Path, raw: str, replaced: Replaced) -> None:
        ctx.note(raw, replaced, is_name=_is_name(path))

    def replace(value: Any, inner: Scope, path: Path) -> Any:
        return interpolate(value, inner, report, path, note)

    result = {
        name: replace(item, scope, (name,))
        for name, item in ctx.value.items()
        if name != "overrides"
    }
    overrides = ctx.value.get("overrides")
    if isinstance(overrides, dict):
        result["overrides"] = {
            target: replace(item, settings.scopes.get(target, scope), ("overrides", target))
            for target, item in overrides.items()
        }
    elif "overrides" in ctx.value:
        result["overrides"] = overrides
    return result


def _is_name(path: Path) -> bool:
    """Whether what stands there is a name: of a resource, a target or a file, never a secret."""
    match path:
        case ("tools", int(), "vector_store" | "files", *_) | ("instructions", "file"):
            return True
        case (str(field), *_):
            return field in _IDENTITY or field == "files"
        case _:
            return False
