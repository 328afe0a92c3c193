"""A project read whole: every manifest, every problem, and what should exist."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from asstctl.manifest import codes
from asstctl.manifest.document_reader import DocumentReader
from asstctl.manifest.files.project_files import NO_TEXTS, Files
from asstctl.manifest.problems import ManifestError, Problems, Span
from asstctl.manifest.project import read_project
from asstctl.manifest.resources import Resources
from asstctl.model.desired import Desired
from asstctl.model.diagnostics import Diagnostic, Location, in_reading_order
from asstctl.model.project import NO_VARIABLES, Project, secrets_of
from asstctl.model.sensitive import Sensitive


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


def require(loaded: Loaded) -> tuple[Project, Desired]:
    """The project and what it wants. Raises ManifestError when there is an error."""
    if loaded.project is None or loaded.desired is None:
        raise ManifestError(loaded.diagnostics)
    return loaded.project, loaded.desired


def target_names(root: Path, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the project's targets; none where ``asstctl.yaml`` cannot be read."""
    settings = read_project(Files(root), Problems(), None, environ)
    return settings.targets if settings else ()


def load(
    root: Path,
    *,
    target: str | None = None,
    environ: Mapping[str, str],
    submodules: frozenset[str] = frozenset(),
    texts: Mapping[str, str] = NO_TEXTS,
    variables: Mapping[str, str] = NO_VARIABLES,
) -> Loaded:
    """Read the project in ``root`` for a target, by default the one that it names itself.

    ``environ`` is what ``${env.NAME}`` stands for. ``submodules`` are folders in the project whose
    files were left out. ``texts`` are read in place of what some files hold, ``variables`` go over
    those of the project and the target. Everything that is
    wrong anywhere is reported at once, as diagnostics in reading order; nothing is raised for it.
    """
    problems = Problems()
    files = Files(root, submodules=submodules, texts=texts)
    settings = read_project(files, problems, target, environ, variables)
    resources = None
    if settings is not None:
        resources = Resources(settings, files, problems)
        reader = DocumentReader(settings, files, problems)
        for document in reader.documents():
            resources.add(document)
        resources.check(complete=reader.complete)
    for other, path in files.case_twins():
        problems.add(codes.CASE_TWINS, Span(Location(path)), path, detail=f"The other is {other}.")
    for folder in files.left_out:
        detail = "The manifests look for files there, and the commit only says which to fetch."
        problems.add(codes.LEFT_OUT_SUBMODULE, Span(Location(folder)), folder, detail=detail)
    diagnostics = in_reading_order(_once(problems.found))
    project = None
    if settings and resources:
        project = settings.project(files, resources.credentials)
    desired = None
    if settings and resources and project and not any(d.is_error for d in diagnostics):
        desired = Desired(
            project=project.name,
            assistants=resources.assistants,
            stores=resources.stores,
            environments=resources.environments,
            sensitive=resources.sensitive | Sensitive(secrets_of(project.target)),
        )
    return Loaded(project, desired, diagnostics)


def _once(found: list[Diagnostic]) -> Iterator[Diagnostic]:
    """Drop the warning of a possible secret where an error about the same text says more."""
    literal = {d.location for d in found if d.code == codes.LITERAL_SECRET.name}
    for diagnostic in found:
        if diagnostic.code != codes.POSSIBLE_SECRET.name or diagnostic.location not in literal:
            yield diagnostic
