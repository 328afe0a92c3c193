"""``asstctl init``."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report
from asstctl.errors import UsageError


@verb(
    "init",
    """
    asstctl init travel
    asstctl init && asstctl plan
    """,
)
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), required=False)
def command(options: Globals, directory: Path | None) -> None:
    """Write a working project, the travel guide, into DIRECTORY (default: this folder).

    Existing files are never overwritten.
    """
    folder = options.root / (directory or "")
    files = dict(_template_files(_template(), ""))
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
    enter = "" if folder == Path() else f"  cd {folder}\n"
    report(
        "".join(f"  {path}\n" for path in files)
        + f"\nA project that works, with no key and no network. Next:\n{enter}"
        "  asstctl plan\n  asstctl apply\n  asstctl smoke"
    )


def _template() -> Traversable:
    """In a wheel the template is inside the package; in a checkout it is the example itself."""
    packaged = resources.files("asstctl") / "templates" / "travel-guide"
    if packaged.is_dir():
        return packaged
    return Path(__file__).parents[4] / "examples" / "travel-guide"


def _template_files(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        path = f"{prefix}{entry.name}"
        if entry.is_dir() and entry.name != ".asstctl":
            found += _template_files(entry, f"{path}/")
        elif entry.is_file():
            found.append((path, entry.read_bytes()))
    return found
