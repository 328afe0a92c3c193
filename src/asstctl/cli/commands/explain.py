"""``asstctl explain``."""

import sys

import click

from asstctl.cli.complete import EXPLAINED
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report, screen
from asstctl.manifest.reference.explain import explain
from asstctl.views.explain.human import render_explained


@verb(
    "explain",
    """
    asstctl explain unknown-field
    asstctl explain assistant.tools.file_search
    asstctl explain temperature
    """,
)
@click.argument("name", shell_complete=EXPLAINED)
def command(options: Globals, name: str) -> None:
    """Say what the manual says of a code or a field.

    NAME is a code that asstctl prints in brackets, or a field: a path from the kind of its
    document, or the end of one. Of a field it tells which API knows it.
    """
    report(render_explained(explain(name), screen(sys.stdout)))
