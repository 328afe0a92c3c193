"""``asstctl accept``."""

import sys

import click

from asstctl.app.accept import accept
from asstctl.app.source import read_source
from asstctl.cli.complete import ADDRESSES
from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report, screen
from asstctl.cli.watch import Terminal
from asstctl.errors import ExitCode
from asstctl.views.accept.human import render_accepted


@verb(
    "accept",
    """
    asstctl accept assistant.travel-guide
    asstctl accept 'assistant.*' && git diff
    """,
)
@click.argument(
    "addresses", metavar="ADDRESS...", nargs=-1, required=True, shell_complete=ADDRESSES
)
def command(options: Globals, addresses: tuple[str, ...]) -> ExitCode:
    """Take edits that were made in the account (drift) over into manifests and prompt files.

    Comments and layout stay. What has no place of its own there, such as a file or a text made of
    references, is printed, and the exit code is 3. The account is not touched; the next apply only
    writes the stamp anew.
    """
    watch = Terminal("accept")
    source = read_source(options.root, options.target, variables=options.variables, observer=watch)
    accepted = run_async(accept(source, addresses, observer=watch))
    by_hand = [(item.address, item.field, item.value, item.pasted) for item in accepted.by_hand]
    placed = len(accepted.fields) - len(by_hand)
    shown = screen(sys.stdout)
    report(render_accepted(placed, by_hand, accepted.before, accepted.after, shown))
    return accepted.exit_code
