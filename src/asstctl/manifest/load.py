"""A project read whole: every manifest, every problem, and what should exist."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from asstctl.errors import AsstctlError
from asstctl.manifest import codes
from asstctl.manifest.document import Document
from asstctl.manifest.effective import SCHEMAS
from asstctl.manifest.interpolate import did_you_mean
from asstctl.manifest.origin import Layer, Origin
from asstctl.manifest.paths import Files
from asstctl.manifest.problems import Problems, Rejected, Span
from asstctl.manifest.project import PROJECT_FILE, Settings, read_project
from asstctl.manifest.resources import Resources
from asstctl.manifest.schema_errors import shown
from asstctl.manifest.source import read_text
from asstctl.manifest.yaml_nodes import compose, read_value, shortened
from asstctl.model.desired import Desired
from asstctl.model.diagnostics import Diagnostic, Location, in_reading_order
from asstctl.model.file import LocalFile
from asstctl.model.project import Project


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read. Without errors there is a project and what it wants to exist.

    ``project`` is None when ``asstctl.yaml`` itself is broken, ``desired`` when anything is.
    """

    project: Project | None
    desired: Desired | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """Whether there are no errors; warnings do not count."""
        return not any(diagnostic.is_error for diagnostic in self.diagnostics)


class ManifestError(AsstctlError):
    """The manifests are wrong; ``diagnostics`` say where and how."""

    code = "manifest"

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        errors = [diagnostic for diagnostic in diagnostics if diagnostic.is_error]
        files = len({diagnostic.location.path for diagnostic in errors})
        super().__init__(
            f"{_counted(len(errors), 'error')} in {_counted(files, 'file')}",
            fix="Mend what is listed; `asstctl validate` shows it again.",
        )
        self.diagnostics = diagnostics


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def require(loaded: Loaded) -> tuple[Project, Desired]:
    """The project and what it wants. Raises ManifestError when there is an error."""
    if loaded.project is None or loaded.desired is None:
        raise ManifestError(loaded.diagnostics)
    return loaded.project, loaded.desired


def load(root: Path, *, target: str | None = None, environ: Mapping[str, str]) -> Loaded:
    """Read the project in ``root`` for a target, by default the one that it names itself.

    Everything that is wrong anywhere is reported at once; nothing is raised for it.
    """
    problems = Problems()
    files = Files(root)
    settings = read_project(files, problems, target, environ)
    resources = None
    if settings is not None:
        resources = Resources(settings, files, problems)
        for document in _documents(settings, files, problems):
            resources.add(document)
        resources.check()
    diagnostics = in_reading_order(problems.found)
    return _loaded(settings, files, resources, diagnostics)


def _loaded(
    settings: Settings | None,
    files: Files,
    resources: Resources | None,
    diagnostics: tuple[Diagnostic, ...],
) -> Loaded:
    broken = {d.location.path for d in diagnostics if d.is_error}
    project = settings.project(files) if settings and PROJECT_FILE not in broken else None
    if settings is None or resources is None or project is None or broken:
        return Loaded(project, None, diagnostics)
    desired = Desired(
        project=settings.name,
        assistants=resources.assistants,
        stores=resources.stores,
    )
    return Loaded(project, desired, diagnostics)


# --- documents ----------------------------------------------------------------------------------


def _documents(settings: Settings, files: Files, problems: Problems) -> Iterator[Document]:
    found = _manifest_files(settings, files, problems)
    for path in sorted(found):
        yield from _documents_in(found[path], files, problems)


def _manifest_files(settings: Settings, files: Files, problems: Problems) -> dict[str, LocalFile]:
    found: dict[str, LocalFile] = {}
    for pattern, span in settings.manifests:
        try:
            matches = files.manifests(pattern)
        except Rejected as rejected:
            problems.reject(rejected, span)
            continue
        for match in matches:
            if isinstance(match, Rejected):
                problems.reject(match, Span(Location(match.subject)))
            elif match.path != PROJECT_FILE:
                found[match.path] = match
        if not matches:
            detail = "No file of the project matches; hidden folders are skipped."
            code = codes.NO_MATCH if span.location.line else codes.EMPTY_PROJECT
            problems.add(code, span, pattern, detail=detail)
    return found


def _documents_in(file: LocalFile, files: Files, problems: Problems) -> Iterator[Document]:
    try:
        source = read_text(file.source, file.path)
    except Rejected as rejected:
        problems.reject(rejected, Span(Location(file.path)))
        return
    before = len(problems.found)
    roots = compose(source, problems)
    broken = len(problems.found) > before
    problems.warn_of_secrets(source)
    values = [(root, read_value(source, root, problems)) for root in roots]
    filled = [(root, value) for root, value in values if value is not None]
    if not filled and not broken and len(problems.found) == before:
        problems.add(codes.EMPTY_DOCUMENT, source.whole, source.path)
    for root, value in filled:
        layer = Layer(source, root)
        if not isinstance(value, dict):
            problems.add(codes.NOT_A_MAPPING, source.span(root), detail=f"It is {shown(value)}.")
        elif _has_kind(value, layer, problems):
            yield Document(source, root, value, alone=len(filled) == 1 and not broken)


def _has_kind(value: dict[str, object], layer: Layer, problems: Problems) -> bool:
    kind = value.get("kind")
    if isinstance(kind, str) and kind in SCHEMAS:
        return True
    known = " or ".join(f"`kind: {name}`" for name in SCHEMAS)
    origin = Origin(layer)
    if kind is None:
        detail = f"A manifest says what it describes: {known}."
        problems.add(codes.MISSING_FIELD, origin.key_span(()), "kind", detail=detail)
    else:
        hint = did_you_mean(kind, list(SCHEMAS)) if isinstance(kind, str) else ""
        detail = f"It is {shortened(shown(kind))}; it can be {known}."
        problems.add(
            codes.UNKNOWN_VALUE, origin.value_span(("kind",)), "kind", detail=detail, fix=hint
        )
    return False
