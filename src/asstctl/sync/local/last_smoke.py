"""Which smoke cases failed the last time they ran, for ``smoke --failed``. Safe to delete.

The file is one JSON object: ``{"<project> <target>": [["<key>", "<case>"], …]}``.
"""

import json
from collections.abc import Collection
from contextlib import suppress
from typing import Any, Final, TypeAlias

from asstctl.model.project import Project
from asstctl.sync.local.folder import Folder

_FILE: Final = "smoke.json"
_Case: TypeAlias = tuple[str, str]


def read_failed(project: Project) -> frozenset[_Case]:
    """The cases that failed when they last ran on this target. Never raises."""
    return _cases(_read(Folder(project.root)).get(_key(project)))


def record_failed(project: Project, ran: Collection[_Case], failed: Collection[_Case]) -> None:
    """Write down how the cases that ``ran`` came out; others stay. Never raises."""
    folder = Folder(project.root)
    with suppress(OSError), folder.locked():
        known = _read(folder)
        left = (_cases(known.get(_key(project))) - set(ran)) | set(failed)
        known[_key(project)] = sorted(map(list, left))
        folder.replace(_FILE, json.dumps(known, indent=1) + "\n")


def _key(project: Project) -> str:
    return f"{project.name} {project.target.name}"


def _read(folder: Folder) -> dict[str, Any]:
    try:
        value = json.loads(folder.read(_FILE))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _cases(value: object) -> frozenset[_Case]:
    found = value if isinstance(value, list) else []
    return frozenset((key, name) for key, name in filter(_is_case, found))


def _is_case(item: object) -> bool:
    return isinstance(item, list) and len(item) == 2 and all(isinstance(x, str) for x in item)
