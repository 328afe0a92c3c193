"""``asstctl init``."""

import shlex
from pathlib import Path

import click

from asstctl.app.init import init
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report
from asstctl.errors import UsageError
from asstctl.model.dialect import Api


@verb(
    "init",
    """
    asstctl init travel
    asstctl init && asstctl plan
    asstctl init --bare --target responses
    """,
)
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--bare", is_flag=True, help="Only an assistant of a few lines.")
def command(options: Globals, directory: Path | None, bare: bool) -> None:
    """Write a working project, the travel guide, into DIRECTORY (default: this folder).

    `--target responses`, `agents` or `assistants` adds a target for that API; for agents the
    project is a bare one, since nothing there searches files. A `.gitignore` that is there gets
    the lines that it lacks; other files are never touched.
    """
    api = _api(options.given_target)
    folder = options.folder / (directory or "")
    paths = init(folder, bare=bare, api=api)
    enter = "" if folder == Path() else f"  cd {shlex.quote(str(folder))}\n"
    report(
        "".join(f"  {path}\n" for path in paths)
        + f"\nA project that works, with no key and no network. Next:\n{enter}"
        "  asstctl plan\n  asstctl apply\n  asstctl smoke"
        + (f"\n\nThe target {api} is in asstctl.yaml: asstctl -t {api} doctor" if api else "")
    )


def _api(target: str | None) -> Api | None:
    if target in (None, "local"):
        return None
    if target not in tuple(Api):
        raise UsageError(
            f"there is no API {target!r}", fix=f"Choose one of: local, {', '.join(Api)}."
        )
    return Api(target)
