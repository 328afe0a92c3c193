"""``asstctl graph``."""

from asstctl.app.source import read_source
from asstctl.cli.options import Globals, format_option, verb
from asstctl.cli.output import report
from asstctl.cli.watch import Terminal
from asstctl.views.graph import render_graph


@verb(
    "graph",
    """
    asstctl graph
    asstctl graph > graph.mmd
    """,
)
@format_option("mermaid")
def command(options: Globals, style: str) -> None:
    """Draw assistants, what they refer to and files as a Mermaid chart, from the manifests alone.

    Put it between ```mermaid and ``` in any Markdown that GitHub shows. Many files of one folder
    are drawn as one node with their number.
    """
    source = read_source(
        options.root, options.target, variables=options.variables, observer=Terminal("graph")
    )
    report(render_graph(source.desired))
