"""``asstctl graph``."""

import click

from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report
from asstctl.cli.wiring import load_project
from asstctl.views.graph import render_graph


@verb(
    "graph",
    """
    asstctl graph
    asstctl graph > graph.mmd
    """,
)
@click.option(
    "--format", "style", type=click.Choice(["mermaid"]), default="mermaid", show_default=True
)
def command(options: Globals, style: str) -> None:
    """Draw assistants, vector stores and files as a Mermaid chart, from the manifests alone.

    Put it between ```mermaid and ``` in any Markdown that GitHub shows. Many files of one folder
    are drawn as one node with their number.
    """
    _, desired = load_project(options)
    report(render_graph(desired))
