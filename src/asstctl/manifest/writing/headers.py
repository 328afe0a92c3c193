"""The comment above a document by which editors find its schema.

It leads to a folder of the project, where ``asstctl schema --write`` has put the schemas, or to
those of this version of asstctl: what an editor says is what ``validate`` says.
"""

import os
import re
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

from asstctl.manifest.project import PROJECT_FILE
from asstctl.text.version import installed_version

PROJECT_SCHEMA: Final = "project"
MANIFEST_SCHEMA: Final = "manifest"
PRICES_SCHEMA: Final = "prices"
LOCAL_SCHEMAS: Final = ".schemas"
"""The folder of a project that its schemas are written to, unless another is named."""

_PUBLISHED: Final = "https://raw.githubusercontent.com/asstctl/asstctl"
_HEADER: Final = re.compile(
    r"^#[ \t]+yaml-language-server:[ \t]*\$schema=(\S*?)/?([a-z-]+)\.schema\.json[ \t]*$",
    re.MULTILINE,
)
_START: Final = re.compile(r"^---[ \t]*(?:#[^\n]*)?$")


def published() -> str:
    """Where the schemas of this version are published."""
    version = installed_version()
    return f"{_PUBLISHED}/{f'v{version}' if version[:1].isdigit() else 'main'}/schemas"


def home_of_schemas(root: Path, path: str) -> str:
    """Where the schemas are for a file at ``path``: where ``asstctl.yaml`` has its own.

    That is a folder of the project, seen from the file, or a URL.
    """
    try:
        found = _HEADER.search((root / PROJECT_FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        found = None
    if found is None or "://" in found[1]:
        return published()
    return seen_from(path, found[1] or ".")


def seen_from(path: str, folder: str) -> str:
    """A folder as the file at ``path`` names it; both count from one place."""
    return PurePath(os.path.relpath(folder, PurePosixPath(path).parent)).as_posix()


def header(home: str, name: str) -> str:
    """The line, without its ``#``, for a document with the schema ``name``."""
    return f"yaml-language-server: $schema={home}/{name}.schema.json"


def with_headers(text: str, home: str, name: str) -> str:
    """A file whose documents all lead to the schemas at ``home``.

    A header that is there keeps the name of its schema; where there is none, it gets ``name``.
    Editors look for one above each document.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    lines = _HEADER.sub(lambda found: f"# {header(home, found[2])}", text.replace("\r\n", "\n"))
    parts: list[list[str]] = [[]]
    for line in lines.split("\n"):
        if _START.match(line):
            parts.append([])
        parts[-1].append(line)
    written = [_headed(part, f"# {header(home, name)}") for part in parts]
    return end.join(line for part in written for line in part)


def _headed(document: list[str], comment: str) -> list[str]:
    """The lines of one document, with the comment unless one of its kind is there."""
    if any(map(_HEADER.match, document)) or not any(map(_says_something, document)):
        return document
    at = 1 if _START.match(document[0]) else 0
    return [*document[:at], comment, *document[at:]]


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(("#", "---", "%", "\ufeff#"))
