"""``asstctl new``."""

import click

from asstctl.app.new import NEW_KINDS, new
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report
from asstctl.cli.usage import OneOf
from asstctl.model.address import Kind


@verb(
    "new",
    """
    asstctl new assistant support
    asstctl new vector_store handbook
    """,
)
@click.argument("kind", type=OneOf([str(kind) for kind in NEW_KINDS]))
@click.argument("key")
def command(options: Globals, kind: str, key: str) -> None:
    """Add the manifest of one assistant, vector store or environment to the project.

    KEY is its name in the project. The file goes where `manifests` looks for it.
    """
    path = new(options.root, Kind(kind), key, options.target, options.variables)
    report(f"  {path}")
