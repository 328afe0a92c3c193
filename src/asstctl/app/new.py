"""Add one manifest to a project."""

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from asstctl.errors import UsageError
from asstctl.manifest.files.paths import is_glob
from asstctl.manifest.files.project_files import Files
from asstctl.manifest.load import load
from asstctl.manifest.problems import ManifestError, Problems, Rejected
from asstctl.manifest.project import Settings, read_project
from asstctl.manifest.writing.headers import home_of_schemas
from asstctl.manifest.writing.starting import (
    new_assistant_text,
    new_environment_text,
    new_store_text,
)
from asstctl.model.address import KEY_PATTERN, Address, Kind
from asstctl.model.diagnostics import in_reading_order
from asstctl.model.project import NO_VARIABLES
from asstctl.sync.local.whole import replace_file

_TEXTS: Final = {
    Kind.ASSISTANT: new_assistant_text,
    Kind.VECTOR_STORE: new_store_text,
    Kind.ENVIRONMENT: new_environment_text,
}
_FOLDERS: Final = {Kind.VECTOR_STORE: "vector-stores", Kind.ENVIRONMENT: "environments"}
"""What is no assistant is put into a folder of its kind, where the globs allow it."""

NEW_KINDS: Final = tuple(_TEXTS)


def new(
    root: Path,
    kind: Kind,
    key: str,
    target: str | None = None,
    variables: Mapping[str, str] = NO_VARIABLES,
) -> str:
    """Write the manifest of a resource that the project does not have; its path.

    ``kind`` is one of NEW_KINDS; ``variables`` go over those of the project. Raises UsageError
    where the key is none, or in use, or where no glob of ``manifests`` would find the file;
    ManifestError where ``asstctl.yaml`` is broken.
    """
    if not KEY_PATTERN.fullmatch(key):
        fix = "A key has 1 to 64 of a-z, 0-9, - and _, with a letter or digit at both ends."
        raise UsageError(f"{key!r} is no key", fix=fix)
    _raise_if_known(root, Address(kind, key), target, variables)
    settings = _settings(root, target, variables)
    path = _path(settings, kind, key)
    file = _place(root, path)
    if os.path.lexists(file):
        raise UsageError(f"{path} exists already", fix="Choose another key, or edit that file.")
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_file(file, _TEXTS[kind](key, home_of_schemas(root, path)))
    if not _is_found(root, settings, path):
        file.unlink()
        globs = ", ".join(pattern for pattern, _ in settings.manifests)
        raise UsageError(f"no glob of `manifests` would find {path}", why=f"They are {globs}.")
    return path


def _raise_if_known(
    root: Path, address: Address, target: str | None, variables: Mapping[str, str]
) -> None:
    desired = load(root, target=target, environ=os.environ, variables=variables).desired
    for resource in desired.resources if desired else ():
        if resource.address == address:
            where = resource.location.path if resource.location else "the project"
            raise UsageError(f"{address} is there already", why=f"It is in {where}.")


def _settings(root: Path, target: str | None, variables: Mapping[str, str]) -> Settings:
    problems = Problems()
    settings = read_project(Files(root), problems, target, os.environ, variables)
    if settings is None:
        raise ManifestError(in_reading_order(problems.found))
    return settings


def _path(settings: Settings, kind: Kind, key: str) -> str:
    """Where the first glob of ``manifests`` looks; what is no assistant goes deeper, if it may."""
    pattern = PurePosixPath(settings.manifests[0][0])
    fixed: list[str] = []
    for step in pattern.parts[:-1]:
        if is_glob(step):
            break
        fixed.append(step)
    if kind in _FOLDERS and "**" in pattern.parts:
        fixed.append(_FOLDERS[kind])
    ending = pattern.suffix if pattern.suffix in {".yaml", ".yml"} else ".yaml"
    return "/".join([*fixed, f"{key}{ending}"])


def _place(root: Path, path: str) -> Path:
    try:
        return Files(root).place(path)
    except Rejected as rejected:
        raise UsageError(f"{path} leads out of the project", why=rejected.detail) from rejected


def _is_found(root: Path, settings: Settings, path: str) -> bool:
    files = Files(root)
    found = (match for pattern, _ in settings.manifests for match in files.manifests(pattern))
    return any(not isinstance(match, Rejected) and match.path == path for match in found)
