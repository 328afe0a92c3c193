"""``asstctl render``."""

import click

from asstctl.app.render import render
from asstctl.app.source import read_source
from asstctl.cli.complete import ASSISTANTS
from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import as_json, report
from asstctl.cli.watch import Terminal


@verb(
    "render",
    """
    asstctl render
    asstctl -t prod render travel-guide
    diff <(asstctl -t staging render) <(asstctl -t prod render)
    """,
)
@click.argument("keys", nargs=-1, metavar="[KEY]...", shell_complete=ASSISTANTS)
def command(options: Globals, keys: tuple[str, ...]) -> None:
    """Print what would be sent, as JSON: each assistant in the words of the target's API.

    KEYs choose assistants; without any, all of them. Environments of agents are there under a name
    of their own. The account is read and nothing is written.
    Ids that do not exist yet read <vector_store.KEY>, <file.PATH> or <environment.KEY>. Stamps are
    left out, secrets are masked.
    """
    from asstctl.views.render.json import render_document

    watch = Terminal("render")
    source = read_source(options.root, options.target, variables=options.variables, observer=watch)
    rendered = run_async(render(source, keys, observer=watch))
    report(as_json(render_document(rendered.assistants, rendered.environments)))
