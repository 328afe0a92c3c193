"""Begin a project, in an empty folder or in a repository that is there already."""

import os
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from asstctl.errors import UsageError
from asstctl.manifest.project import PROJECT_FILE
from asstctl.manifest.writing.headers import published, with_headers
from asstctl.manifest.writing.starting import new_assistant_text, new_project_text, project_name
from asstctl.model.dialect import Api

_IGNORED: Final = ".gitignore"
_TEMPLATE: Final = "travel-guide"


def init(folder: Path, *, bare: bool = False, api: Api | None = None) -> tuple[str, ...]:
    """Write a project into ``folder``; the paths of its files, which count from there.

    That is the travel guide, or when ``bare`` an assistant of a few lines. With an ``api`` the
    project has a target for it too, and one for the Agents API is always bare: the travel guide
    searches files, which nothing there does. ``.gitignore`` gets the lines that it lacks; nothing
    else that is there is touched: raises UsageError, before anything is written.
    """
    template = dict(_files(_template(), ""))
    files = {_IGNORED: _ignoring(folder, template[_IGNORED])}
    files |= _bare(folder) if bare or api is Api.AGENTS else _with_headers(template)
    if api is not None or bare:
        name = project_name(folder.resolve().name) if PROJECT_FILE not in files else _TEMPLATE
        files[PROJECT_FILE] = new_project_text(name, api, published()).encode()
    present = [path for path in files if path != _IGNORED and (folder / path).exists()]
    if present:
        raise UsageError(
            f"{folder / present[0]} exists already",
            why="init writes a whole project and overwrites nothing.",
            fix="Choose another folder, `asstctl init my-assistants`, or add to this project "
            "with `asstctl new assistant KEY`.",
        )
    for path, content in sorted(files.items()):
        _write(folder / path, content)
    return tuple(sorted(files))


def _write(path: Path, content: bytes) -> None:
    """Raises OSError, which names the path: that of a full disk does not by itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.write_bytes(content)
    except OSError as error:
        error.filename = os.fspath(path)
        raise


def _bare(folder: Path) -> dict[str, bytes]:
    return {"assistants/helper.yaml": new_assistant_text("helper", published()).encode()}


def _with_headers(template: Mapping[str, bytes]) -> dict[str, bytes]:
    """The template's files; its manifests lead to the schemas of this version."""
    return {
        path: with_headers(content.decode(), published(), "").encode()
        if path.endswith(".yaml")
        else content
        for path, content in template.items()
        if path != _IGNORED
    }


def _ignoring(folder: Path, wanted: bytes) -> bytes:
    """``.gitignore`` as it is, and after it what it does not say yet."""
    path = folder / _IGNORED
    there = path.read_bytes() if path.is_file() else b""
    said = {line.strip() for line in there.splitlines()}
    missing = [line for line in wanted.splitlines() if line.strip() not in said]
    if not there:
        return wanted
    if not any(line and not line.startswith(b"#") for line in missing):
        return there
    end = b"" if there.endswith(b"\n") else b"\n"
    return there + end + b"\n".join(missing).lstrip(b"\n").rstrip() + b"\n"


def _template() -> Traversable:
    """In a wheel the template is inside the package; in a checkout it is the example itself."""
    packaged = resources.files("asstctl") / "templates" / _TEMPLATE
    if packaged.is_dir():
        return packaged
    return Path(__file__).parents[3] / "examples" / _TEMPLATE


def _files(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        path = f"{prefix}{entry.name}"
        if entry.is_dir() and entry.name != ".asstctl":
            found += _files(entry, f"{path}/")
        elif entry.is_file():
            found.append((path, entry.read_bytes()))
    return found
