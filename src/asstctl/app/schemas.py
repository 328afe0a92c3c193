"""Put the schemas into a project, so that editors need no network."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from asstctl.errors import UsageError
from asstctl.manifest.document_reader import DocumentReader
from asstctl.manifest.files.project_files import Files
from asstctl.manifest.problems import Problems, Rejected
from asstctl.manifest.project import PROJECT_FILE, read_project
from asstctl.manifest.schema.schemas import OF_MANIFESTS
from asstctl.manifest.schema.written import schema_text
from asstctl.manifest.writing.headers import (
    MANIFEST_SCHEMA,
    PRICES_SCHEMA,
    PROJECT_SCHEMA,
    seen_from,
    with_headers,
)
from asstctl.model.project import NO_VARIABLES
from asstctl.sync.local.whole import write_output


def write_schemas(
    root: Path,
    folder: str,
    target: str | None = None,
    variables: Mapping[str, str] = NO_VARIABLES,
) -> tuple[str, ...]:
    """Write the schemas of manifests into a ``folder`` of the project in ``root``.

    The comments above its documents then lead there. The paths of what was written or changed;
    files that are as they should be stay. ``variables`` go over those of the project.
    Raises UsageError for a folder outside the project.
    """
    texts = {f"{folder}/{name}.schema.json": schema_text(name) for name in OF_MANIFESTS}
    texts |= _documents(root, folder, target, variables)
    changed: list[str] = []
    for path, text in texts.items():
        place = _place(root, path)
        if place.is_file() and place.read_bytes() == text.encode():
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        write_output(place, text)
        changed.append(path)
    return tuple(changed)


def _documents(
    root: Path, folder: str, target: str | None, variables: Mapping[str, str]
) -> dict[str, str]:
    """``asstctl.yaml``, the file of prices and every manifest, each with its comments."""
    files, texts = Files(root), {}
    for path, name in dict(_paths(files, target, variables)).items():
        text = files.file(path).source.read_bytes().decode()
        texts[path] = with_headers(text, seen_from(path, folder), name)
    return texts


def _paths(
    files: Files, target: str | None, variables: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Each file, with the schema of its documents."""
    problems = Problems()
    settings = read_project(files, problems, target, os.environ, variables)
    if settings is None:
        return
    yield PROJECT_FILE, PROJECT_SCHEMA
    if settings.prices is not None:
        yield settings.prices.path, PRICES_SCHEMA
    for document in DocumentReader(settings, files, problems).documents():
        yield document.location.path, MANIFEST_SCHEMA


def _place(root: Path, path: str) -> Path:
    try:
        return Files(root).place(path)
    except Rejected as rejected:
        raise UsageError(f"{path} leads out of the project", why=rejected.detail) from rejected
