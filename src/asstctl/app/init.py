"""Write a working project: the travel guide."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from asstctl.errors import UsageError


def init(folder: Path) -> tuple[str, ...]:
    """Write the project into ``folder``; the paths of its files, which count from there.

    Nothing is overwritten: raises UsageError, before anything is written, when one is there.
    """
    files = dict(_files(_template(), ""))
    present = [path for path in files if (folder / path).exists()]
    if present:
        raise UsageError(
            f"{folder / present[0]} exists already",
            why="init writes a whole project and overwrites nothing.",
            fix="Choose an empty folder: asstctl init my-assistants",
        )
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return tuple(files)


def _template() -> Traversable:
    """In a wheel the template is inside the package; in a checkout it is the example itself."""
    packaged = resources.files("asstctl") / "templates" / "travel-guide"
    if packaged.is_dir():
        return packaged
    return Path(__file__).parents[3] / "examples" / "travel-guide"


def _files(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        path = f"{prefix}{entry.name}"
        if entry.is_dir() and entry.name != ".asstctl":
            found += _files(entry, f"{path}/")
        elif entry.is_file():
            found.append((path, entry.read_bytes()))
    return found
