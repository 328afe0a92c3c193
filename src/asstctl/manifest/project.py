"""``asstctl.yaml``: read, checked, and narrowed to the one target that was chosen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from asstctl.manifest import codes
from asstctl.manifest.document import Context, own_fields
from asstctl.manifest.interpolate import Report, Scope, environment_names, interpolate
from asstctl.manifest.paths import Files
from asstctl.manifest.problems import Problems, Rejected, Span
from asstctl.manifest.schema.prune import indexed, prune
from asstctl.manifest.schema.validate import Validated, validate
from asstctl.manifest.secrets import looks_written_out
from asstctl.manifest.targets import choose, scope_of, target_of, targets_in
from asstctl.manifest.values import Path, Plain
from asstctl.manifest.wording import kind_of
from asstctl.manifest.yaml.hidden import report_hidden
from asstctl.manifest.yaml.nodes import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    compose,
    read_value,
)
from asstctl.manifest.yaml.provenance import Layer, Provenance
from asstctl.manifest.yaml.secret_scan import warn_of_secrets
from asstctl.manifest.yaml.source import SourceFile
from asstctl.model.project import Project, Safety, Target

PROJECT_FILE = "asstctl.yaml"
_OTHER_ENDING = "asstctl.yml"
DEFAULT_MANIFESTS = ("assistants/**/*.yaml", "assistants/**/*.yml")

_SOME_URL = "https://unknown.invalid"
_SECRET_FIELDS = frozenset({"api_key", "headers"})


@dataclass(frozen=True, slots=True)
class Defaults:
    """What lies under every assistant, its references not yet replaced."""

    value: dict[str, Any]
    layer: Layer
    refers: bool


@dataclass(slots=True)
class Settings:
    """What the manifests need to know of their project."""

    name: str
    target: Target | None
    target_name: str | None
    targets: tuple[str, ...]
    safety: Safety
    manifests: tuple[tuple[str, Span], ...]
    defaults: Defaults | None
    scopes: dict[str | None, Scope] = field(default_factory=dict)
    names_manifests: bool = False
    credentials: frozenset[str] = frozenset()
    sound: bool = True

    def project(self, files: Files) -> Project | None:
        """The project for the chosen target; None when ``asstctl.yaml`` has errors."""
        if self.target is None or not self.sound:
            return None
        return Project(
            name=self.name,
            root=files.root,
            target=self.target,
            safety=self.safety,
            files=files.used,
            credentials=self.credentials,
        )


def read_project(
    files: Files, problems: Problems, wanted: str | None, environ: Mapping[str, str]
) -> Settings | None:
    """Read ``asstctl.yaml``; None when there is no telling what it means."""
    source = _source(files, problems)
    if source is None:
        return None
    layer = Layer(source)
    value = read_value(source, layer.node, problems)
    if not isinstance(value, dict):
        if value is not None:
            detail = f"It is {kind_of(value)}."
            problems.add(codes.NOT_A_MAPPING, source.span(layer.node), detail=detail)
        return None
    value = own_fields(value)
    names = tuple(targets_in(value))
    ctx = Context(value, Provenance(layer), problems, files, names)
    chosen = choose(ctx, wanted, environ)
    scopes = {
        name: scope_of(ctx, name, environ, strict=name == chosen)
        for name in dict.fromkeys((*names, chosen))
    }
    unknown, ctx.value = _replaced(ctx, scopes, chosen)
    result = validate(ctx, "project", unknown, needed={"project": "unnamed"})
    settings = _settings(ctx, result, scopes, chosen, value.get("defaults"), layer)
    if settings is not None:
        settings.credentials = frozenset(_environment_names(value.get("targets")))
        settings.sound = not any(diagnostic.is_error for diagnostic in problems.found)
    return settings


def _source(files: Files, problems: Problems) -> SourceFile | None:
    try:
        source = files.text(PROJECT_FILE)
    except Rejected as rejected:
        if rejected.code is codes.MISSING_FILE:
            rejected = _no_project(files.root, rejected)
        problems.reject(rejected, rejected.span_in(PROJECT_FILE))
        return None
    before = len(problems.found)
    roots = source.nodes = compose(source, problems)
    warn_of_secrets(source, problems)
    if len(problems.found) > before and not roots:
        return None
    if not roots:
        problems.add(codes.EMPTY_DOCUMENT, source.whole, PROJECT_FILE)
        return None
    for extra in roots[1:]:
        problems.add(codes.SEVERAL_DOCUMENTS, source.span(extra))
    _hide_secrets(source, roots[0], ("*", "*"))
    report_hidden(source, roots[:1], problems)
    return source


def _no_project(root: FilePath, missing: Rejected) -> Rejected:
    """What to do where there is no project: perhaps the command was called too deep inside one."""
    if (root / PROJECT_FILE).is_symlink():
        return Rejected(codes.NO_PROJECT, detail=missing.detail, fix=missing.fix)
    folder, here = root.resolve(), root.resolve() == FilePath.cwd()
    detail = f"There is no {PROJECT_FILE} in {'the current folder' if here else folder}."
    if (root / _OTHER_ENDING).is_file():
        fix = f"Rename {_OTHER_ENDING}: the file is called {PROJECT_FILE}."
        return Rejected(codes.NO_PROJECT, detail=detail, fix=fix)
    for depth, parent in enumerate(folder.parents, start=1):
        if (parent / PROJECT_FILE).is_file():
            above = "/".join([".."] * depth) if here else str(parent)
            fix = f"There is one in {above}: run the command there, or with -C {above} here."
            return Rejected(codes.NO_PROJECT, detail=detail, fix=fix)
    return Rejected(codes.NO_PROJECT, detail=detail)


def _hide_secrets(source: SourceFile, node: Node, above: Path, depth: int = 0) -> None:
    """Keep what stands where a secret belongs out of every excerpt, unless it is a reference."""
    if isinstance(node, ScalarNode):
        if _SECRET_FIELDS & set(above[-2:]) and looks_written_out(node.value):
            source.hide(node)
    elif isinstance(node, SequenceNode):
        for item in node.value if depth < 6 else ():
            _hide_secrets(source, item, above, depth + 1)
    elif isinstance(node, MappingNode) and depth < 6:
        for key, item in node.value:
            name = key.value if isinstance(key, ScalarNode) else "*"
            _hide_secrets(source, item, (*above, name), depth + 1)


def _replaced(
    ctx: Context, scopes: Mapping[str | None, Scope], chosen: str | None
) -> tuple[set[Path], dict[str, Any]]:
    """The document with its references replaced, and the paths where that could not be done.

    ``vars`` and secrets stay as they are: the former were read before, the latter must be
    references. What belongs to a target is read in that target's scope.
    """
    unknown: set[Path] = set()

    def report(path: Path, rejected: Rejected | None) -> None:
        unknown.add(path)
        if rejected:
            ctx.reject(rejected, path)

    result: dict[str, Any] = {}
    for name, item in ctx.value.items():
        if name == "targets" and isinstance(item, dict):
            result[name] = {
                target: _replaced_target(value, scopes[target], report, (name, target), unknown)
                for target, value in item.items()
            }
        elif name in {"vars", "target"}:
            result[name] = item
        else:
            result[name] = interpolate(item, scopes[chosen], report, (name,))
    return unknown, result


def _replaced_target(
    value: Plain, scope: Scope, report: Report, path: Path, unknown: set[Path]
) -> Plain:
    if not isinstance(value, dict):
        return value
    result: dict[str, Plain] = {}
    for name, item in value.items():
        where = (*path, name)
        if name in _SECRET_FIELDS or name == "vars":
            result[name] = item
        elif isinstance(item, dict):
            result[name] = _replaced_target(item, scope, report, where, unknown)
        else:
            result[name] = interpolate(item, scope, report, where)
        if name == "base_url" and where in unknown:
            # A target cannot be read without it, and there may be more to say about it.
            result[name] = _SOME_URL
            unknown.discard(where)
    return result


def _settings(
    ctx: Context,
    result: Validated,
    scopes: dict[str | None, Scope],
    chosen: str | None,
    defaults: Plain,
    layer: Layer,
) -> Settings | None:
    healed = result.value
    if healed is None:
        return None
    targets = healed.get("targets") or {} if "targets" in ctx.value else targets_in({})
    made = {name: target_of(ctx, name, item, scopes[name]) for name, item in targets.items()}
    share = (healed.get("safety") or {}).get("max_deletes")
    return Settings(
        name=healed["project"],
        target=made.get(chosen) if chosen else None,
        target_name=chosen,
        targets=ctx.targets,
        safety=Safety() if share is None else Safety(float(share)),
        manifests=_manifests(ctx, healed),
        names_manifests=healed.get("manifests") is not None,
        defaults=_defaults(defaults, layer, result.broken),
        scopes=scopes,
    )


def _environment_names(value: Plain) -> Iterator[str]:
    """The environment variables that any text of a value refers to."""
    if isinstance(value, str):
        yield from environment_names(value)
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _environment_names(item)


def _defaults(value: Plain, layer: Layer, broken: frozenset[Path]) -> Defaults | None:
    """What is right among the ``defaults``, its references as they are written."""
    if not isinstance(value, dict) or ("defaults",) in broken:
        return None
    kept = prune(value, {path[1:] for path in broken if path[:1] == ("defaults",)})
    return Defaults(kept, Layer(layer.source, within=("defaults",)), refers="${" in str(kept))


def _manifests(ctx: Context, healed: dict[str, Any]) -> tuple[tuple[str, Span], ...]:
    patterns = healed.get("manifests")
    if patterns is None:
        whole = ctx.provenance.main.source.whole
        return tuple((pattern, whole) for pattern in DEFAULT_MANIFESTS)
    return tuple(
        (pattern, ctx.provenance.value_span(("manifests", i))) for i, pattern in indexed(patterns)
    )
