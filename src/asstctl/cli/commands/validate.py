"""``asstctl validate``."""

import os
import sys
from typing import Literal

import click

from asstctl.cli.options import Globals, verb
from asstctl.cli.output import as_json, report, wants_color
from asstctl.errors import ExitCode
from asstctl.manifest.load import load

Format = Literal["human", "json"]


@verb("validate")
@click.option(
    "--format", "style", type=click.Choice(["human", "json"]), default="human", show_default=True
)
def command(options: Globals, style: Format) -> ExitCode:
    """Check everything that can be known without the network.

    Every problem of the whole project is reported at once, with file, line and column.
    """
    loaded = load(options.root, target=options.target, environ=os.environ)
    if style == "json":
        from asstctl.views.diagnostics_json import diagnostics_document

        report(as_json(diagnostics_document(loaded.diagnostics)))
    elif loaded.diagnostics:
        from asstctl.views.diagnostics_human import render_diagnostics

        report(render_diagnostics(loaded.diagnostics, color=wants_color(sys.stdout)))
    if style == "human" and loaded.desired is not None:
        assistants, stores = len(loaded.desired.assistants), len(loaded.desired.stores)
        files = len(loaded.desired.files)
        report(f"valid: {assistants} assistants, {stores} vector stores, {files} files")
    return ExitCode.OK if loaded.ok else ExitCode.ERROR
