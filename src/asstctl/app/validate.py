"""Check everything that can be known without the network."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from asstctl.app.environment import EveryVariable
from asstctl.manifest.files.project_files import NO_TEXTS
from asstctl.manifest.git.repository import Repository
from asstctl.manifest.load import Loaded, load, target_names
from asstctl.model.diagnostics import Diagnostic, in_reading_order
from asstctl.model.project import NO_VARIABLES


def validate(
    root: Path,
    target: str | None = None,
    *,
    variables: Mapping[str, str] = NO_VARIABLES,
    allow_unset: bool = False,
    texts: Mapping[str, str] = NO_TEXTS,
) -> Loaded:
    """The project in ``root`` for a target, by default its own, and every problem with it.

    ``allow_unset`` accepts environment variables that are not set, as where no secrets are given
    out; ``texts`` are read in place of what some files hold. Nothing is raised for what is wrong.
    """
    environ = _environment(allow_unset=allow_unset)
    return load(root, target=target, environ=environ, variables=variables, texts=texts)


def validate_all_targets(
    root: Path,
    *,
    variables: Mapping[str, str] = NO_VARIABLES,
    allow_unset: bool = False,
    texts: Mapping[str, str] = NO_TEXTS,
) -> Loaded:
    """``validate`` for every target at once; what only some of them have names them.

    The project is that of the last target; there is one only when every target is sound.
    """
    environ = _environment(allow_unset=allow_unset)
    loaded = {
        name: load(root, target=name, environ=environ, variables=variables, texts=texts)
        for name in target_names(root, environ)
    }
    if not loaded:
        return load(root, environ=environ, variables=variables, texts=texts)
    seen: dict[Diagnostic, list[str]] = {}
    for name, found in loaded.items():
        for diagnostic in found.diagnostics:
            seen.setdefault(diagnostic, []).append(name)
    named = (_naming(diagnostic, names, len(loaded)) for diagnostic, names in seen.items())
    last = list(loaded.values())[-1]
    return replace(last, diagnostics=in_reading_order(named))


def seen_from_repository(diagnostics: Iterable[Diagnostic], root: Path) -> tuple[Diagnostic, ...]:
    """The diagnostics of the project in ``root`` with paths that count from its git repository.

    That is where those look for files who show annotations. Outside git nothing changes.
    """
    repository = Repository.around(root)
    prefix = f"{repository.prefix}/" if repository and repository.prefix else ""

    def moved(found: Diagnostic) -> Diagnostic:
        location = replace(found.location, path=f"{prefix}{found.location.path}")
        return replace(found, location=location)

    return tuple(map(moved, diagnostics))


def _naming(diagnostic: Diagnostic, targets: list[str], among: int) -> Diagnostic:
    if len(targets) == among:
        return diagnostic
    where = f"For the target{'s' if targets[1:] else ''} {', '.join(targets)}."
    return replace(diagnostic, detail=" ".join(filter(None, (diagnostic.detail, where))))


def _environment(*, allow_unset: bool) -> Mapping[str, str]:
    return EveryVariable(os.environ) if allow_unset else os.environ
