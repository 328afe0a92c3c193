"""``asstctl.yaml``: read, checked, and narrowed to the one target that was chosen."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import cast

from asstctl.manifest import codes
from asstctl.manifest.cases.making import interpolate_rest
from asstctl.manifest.document import own_fields
from asstctl.manifest.files.project_files import Files
from asstctl.manifest.interpolate import Report, Scope, environment_names, interpolate
from asstctl.manifest.prices import read_prices
from asstctl.manifest.problems import Problems, Rejected, Span
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.schema import types
from asstctl.manifest.schema.prune import indexed, prune
from asstctl.manifest.schema.validate import validate
from asstctl.manifest.secrets import looks_written_out
from asstctl.manifest.targets import (
    choose,
    report_shared_bundles,
    report_unknown,
    scope_of,
    target_of,
    targets_in,
)
from asstctl.manifest.values import Fields, Path, Plain, at
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
from asstctl.model.prices import Prices
from asstctl.model.project import NO_VARIABLES, Project, Safety, Target

PROJECT_FILE = "asstctl.yaml"
_OTHER_ENDING = "asstctl.yml"
DEFAULT_MANIFESTS = ("assistants/**/*.yaml", "assistants/**/*.yml")

_SOME_URL = "https://unknown.invalid"
_SECRET_FIELDS = frozenset({"api_key", "headers"})


@dataclass(frozen=True, slots=True)
class Shared:
    """Fields of every assistant, their references not yet replaced; whether it ``refers``."""

    value: Fields
    layer: Layer
    refers: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """``asstctl.yaml`` as it is for one target.

    ``target_name`` is the target that was chosen, None when none could be; ``target`` is None when
    it has errors. ``targets`` are the names of all, ``accounts`` those that have none, by name.
    ``defaults`` lie under every assistant, the ``overrides`` of a target over it. ``scopes`` say,
    by target, what references stand for. ``manifests`` are globs with their places,
    ``names_manifests`` tells whether the project gives any. ``prices`` is None when the project
    names no file of them, as ``names_prices`` tells, or that has errors. ``credentials`` are the
    environment variables that targets refer to. ``sound``: there are no errors in the file, nor in
    that of prices.
    """

    name: str
    target: Target | None
    target_name: str | None
    targets: tuple[str, ...]
    accounts: Mapping[str, Target]
    safety: Safety
    manifests: tuple[tuple[str, Span], ...]
    defaults: Shared | None
    overrides: Mapping[str, Shared]
    scopes: Mapping[str | None, Scope]
    names_manifests: bool
    prices: Prices | None
    names_prices: bool
    credentials: frozenset[str]
    sound: bool

    def project(self, files: Files, credentials: frozenset[str]) -> Project | None:
        """The project for the chosen target; None when ``asstctl.yaml`` has errors.

        ``credentials`` are those of the manifests.
        """
        if self.target is None or not self.sound:
            return None
        return Project(
            name=self.name,
            root=files.root,
            target=self.target,
            safety=self.safety,
            prices=self.prices,
            files=files.used,
            credentials=self.credentials | credentials,
        )


def find_project(folder: FilePath) -> FilePath:
    """The folder of the project that ``folder`` lies in: itself, or the nearest one above.

    Where there is none it is ``folder`` itself, and reading the project says what is missing.
    """
    here = folder.resolve()
    for above in (here, *here.parents):
        if (above / PROJECT_FILE).is_file():
            return folder if above == here else FilePath(os.path.relpath(above))
    return folder


def read_project(
    files: Files,
    problems: Problems,
    wanted: str | None,
    environ: Mapping[str, str],
    variables: Mapping[str, str] = NO_VARIABLES,
) -> Settings | None:
    """Read ``asstctl.yaml`` for the target ``wanted``, else the one that it names.

    ``variables`` go over its ``vars``. None, with a report, when it is not there or nothing of it
    is valid.
    """
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
    reporter = Reporter(Provenance(layer), problems)
    chosen = choose(reporter, value, wanted, environ)
    report_unknown(reporter, value, variables)
    scopes = {
        name: scope_of(reporter, value, name, environ, variables, strict=name == chosen)
        for name in dict.fromkeys((*names, chosen))
    }
    unknown, replaced = _replaced(reporter, value, scopes, chosen)
    result = validate(reporter, replaced, "project", unknown, needed={"project": "unnamed"})
    if result.value is None:
        return None
    project = cast(types.Project, result.value)
    targets = _targets(reporter, files, replaced, project, scopes)
    share = (project.get("safety") or {}).get("max_deletes")
    return Settings(
        name=project["project"],
        target=targets.get(chosen) if chosen else None,
        target_name=chosen,
        targets=names,
        accounts=targets,
        safety=Safety() if share is None else Safety(float(share)),
        manifests=_manifests(reporter.provenance, project.get("manifests")),
        names_manifests=project.get("manifests") is not None,
        prices=read_prices(reporter, files, project.get("prices")),
        names_prices=project.get("prices") is not None,
        defaults=_shared(value, layer, ("defaults",), result.broken),
        overrides=_overrides(value, names, layer, result.broken),
        scopes=scopes,
        credentials=frozenset(_environment_names(value.get("targets"))),
        sound=not any(diagnostic.is_error for diagnostic in problems.found),
    )


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
    nowhere = f"{detail.rstrip('.')}, nor in any folder above it."
    return Rejected(codes.NO_PROJECT, detail=nowhere)


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
    reporter: Reporter, value: Fields, scopes: Mapping[str | None, Scope], chosen: str | None
) -> tuple[set[Path], Fields]:
    """The document with its references replaced, and the paths where that could not be done.

    ``vars`` and secrets stay as they are: the former were read before, the latter must be
    references. What belongs to a target is read in that target's scope.
    """
    unknown: set[Path] = set()

    def report(path: Path, rejected: Rejected | None) -> None:
        unknown.add(path)
        if rejected:
            reporter.reject(rejected, path)

    result: Fields = {}
    for name, item in value.items():
        if name == "targets" and isinstance(item, dict):
            result[name] = {
                target: _replaced_target(fields, scopes[target], report, (name, target), unknown)
                for target, fields in item.items()
            }
        elif name in {"vars", "target"}:
            result[name] = item
        elif name == "defaults":
            result[name] = interpolate_rest(item, scopes[chosen], report, (name,))
        else:
            result[name] = interpolate(item, scopes[chosen], report, (name,))
    return unknown, result


def _replaced_target(
    value: Plain, scope: Scope, report: Report, path: Path, unknown: set[Path]
) -> Plain:
    if not isinstance(value, dict):
        return value
    result: Fields = {}
    for name, item in value.items():
        where = (*path, name)
        if name == "overrides":
            result[name] = interpolate_rest(item, scope, report, where)
        elif name in _SECRET_FIELDS or name == "vars":
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


def _targets(
    reporter: Reporter,
    files: Files,
    replaced: Fields,
    project: types.Project,
    scopes: Mapping[str | None, Scope],
) -> dict[str, Target]:
    """All targets, so that each mistake is found at once; but those with errors of shape."""
    targets = project.get("targets") or {}
    if "targets" not in replaced:
        targets = cast(dict[str, types.Target], targets_in({}))
    found = {
        name: target_of(reporter, files, name, item, scopes[name]) for name, item in targets.items()
    }
    report_shared_bundles(reporter, found)
    return found


def _environment_names(value: Plain) -> Iterator[str]:
    """The environment variables that any text of a value refers to."""
    if isinstance(value, str):
        yield from environment_names(value)
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _environment_names(item)


def _overrides(
    value: Fields, targets: Iterable[str], layer: Layer, broken: frozenset[Path]
) -> dict[str, Shared]:
    """What is right among the ``overrides`` of each target."""
    found = {
        name: _shared(value, layer, ("targets", name, "overrides"), broken) for name in targets
    }
    return {name: shared for name, shared in found.items() if shared is not None}


def _shared(value: Fields, layer: Layer, path: Path, broken: frozenset[Path]) -> Shared | None:
    """What is right among the fields at ``path``, their references as they are written."""
    fields = at(value, *path)
    if not isinstance(fields, dict) or any(path[:end] in broken for end in range(len(path) + 1)):
        return None
    kept = prune(fields, {gone[len(path) :] for gone in broken if gone[: len(path)] == path})
    return Shared(kept, Layer(layer.source, within=path), refers="${" in str(kept))


def _manifests(provenance: Provenance, patterns: list[str] | None) -> tuple[tuple[str, Span], ...]:
    """The globs of the manifests, and the place of each."""
    if patterns is None:
        return tuple((pattern, provenance.main.source.whole) for pattern in DEFAULT_MANIFESTS)
    return tuple((text, provenance.value_span(("manifests", i))) for i, text in indexed(patterns))
