"""``asstctl validate``."""

import sys

import click

from asstctl.app.validate import validate
from asstctl.cli.options import Globals, format_option, verb
from asstctl.cli.output import as_json, report, screen
from asstctl.errors import ExitCode
from asstctl.model.desired import Desired
from asstctl.text import words


@verb(
    "validate",
    """
    asstctl validate
    asstctl validate --format json | jq '.diagnostics[].code'
    asstctl -C bots -t prod validate
    """,
)
@format_option("human", "json")
@click.option(
    "--allow-unset",
    is_flag=True,
    help="Accept environment variables that are not set, as where no secrets are given out.",
)
def command(options: Globals, style: str, allow_unset: bool) -> ExitCode:
    """Check everything that can be known without the network.

    Every problem of the whole project is reported at once, with file, line and column.
    """
    loaded = validate(options.root, options.target, allow_unset=allow_unset)
    if style == "json":
        from asstctl.views.diagnostics.json import diagnostics_document

        report(as_json(diagnostics_document(loaded.diagnostics)))
    elif loaded.diagnostics:
        from asstctl.views.diagnostics.human import render_diagnostics

        report(render_diagnostics(loaded.diagnostics, screen(sys.stdout)))
    if style == "human" and loaded.desired is not None:
        report(f"valid: {_counts(loaded.desired)}")
    return ExitCode.OK if loaded.ok else ExitCode.ERROR


def _counts(desired: Desired) -> str:
    counts = (
        (len(desired.assistants), "assistant"),
        (len(desired.stores), "vector store"),
        (len(desired.files), "file"),
    )
    return ", ".join(words.count(number, noun) for number, noun in counts)
