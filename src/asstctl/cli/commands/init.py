"""``asstctl init``."""

from pathlib import Path

import click

from asstctl.app.init import init
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report


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
    folder = options.folder / (directory or "")
    paths = init(folder)
    enter = "" if folder == Path() else f"  cd {folder}\n"
    report(
        "".join(f"  {path}\n" for path in paths)
        + f"\nA project that works, with no key and no network. Next:\n{enter}"
        "  asstctl plan\n  asstctl apply\n  asstctl smoke"
    )
