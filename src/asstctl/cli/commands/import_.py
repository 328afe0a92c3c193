"""``asstctl import``."""

import sys

import click

from asstctl.app.adopt import adopt
from asstctl.app.source import read_source
from asstctl.cli.complete import ASSISTANTS
from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report, screen
from asstctl.cli.watch import Terminal
from asstctl.views.plan.human import render_plan


@verb(
    "import",
    """
    asstctl import travel-guide asst_abc123
    asstctl import vector_store.travel-docs vs_abc123
    asstctl import environment.sandbox envtmpl_abc123
    asstctl import travel-guide asst_abc123 --take-over
    """,
)
@click.argument("key", shell_complete=ASSISTANTS)
@click.argument("object_id", metavar="ID")
@click.option("--take-over", is_flag=True, help="Take it even from another project.")
def command(options: Globals, key: str, object_id: str, take_over: bool) -> None:
    """Take over an existing object of the account as the resource KEY.

    KEY is a key of your manifests, ID the id of an assistant, a vector store or an environment.
    Only asstctl's stamp is written, to an environment as the end of its name; then the plan shows
    what the next apply would change.
    """
    watch = Terminal("import")
    source = read_source(options.root, options.target, variables=options.variables, observer=watch)
    planned = run_async(adopt(source, key, object_id, take_over=take_over, observer=watch))
    report(render_plan(planned.plan, screen(sys.stdout), command="import"))
