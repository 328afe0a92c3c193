"""The click group. Commands are imported when they are called: ``--help`` must feel instant."""

from importlib import import_module
from keyword import iskeyword
from typing import Final

import click

from asstctl.cli.options import Globals, global_options
from asstctl.errors import UsageError
from asstctl.text.version import installed_version

_COMMANDS: Final = {
    "init": "Write a working project: the travel guide.",
    "new": "Add one assistant, vector store or environment to the project.",
    "validate": "Check everything that can be known without the network.",
    "plan": "Show how the account differs from the manifests.",
    "apply": "Make the account what the manifests say.",
    "destroy": "Delete everything that this project manages.",
    "smoke": "Hold conversations, run test prompts, judge the answers.",
    "import": "Take over an existing object of the account.",
    "pull": "Write manifests and files from an account.",
    "show": "Show a saved plan, without the account.",
    "accept": "Take edits made in the account over into the manifests.",
    "render": "Print what would be sent, in the words of the target's API.",
    "status": "List what is managed, with ids, digest and commit.",
    "gc": "Find uploads that nothing refers to any more, and delete them.",
    "graph": "Draw assistants, what they refer to and files as a Mermaid chart.",
    "doctor": "Check everything between the manifests and the account.",
    "serve": "Serve the local account over HTTP to any OpenAI client.",
    "explain": "Say what the manual says of a code or a field.",
    "schema": "Print a JSON Schema.",
    "completion": "Print a script that completes commands, options and names in your shell.",
}


_ELSEWHERE: Final = {
    "check": "validate",
    "delete": "destroy",
    "deploy": "apply",
    "diff": "plan",
    "down": "destroy",
    "export": "pull",
    "doc": "explain",
    "rule": "explain",
    "eval": "smoke",
    "get": "status",
    "help": "--help",
    "lint": "validate",
    "list": "status",
    "ls": "status",
    "preview": "plan",
    "remove": "destroy",
    "add": "new",
    "create": "new",
    "sync": "apply",
    "test": "smoke",
    "up": "apply",
    "version": "--version",
}
"""What other tools call it."""


class _LazyGroup(click.Group):
    """A group that knows its commands by name and one line of help."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name in _COMMANDS or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        from asstctl.model.suggestions import closest

        meant = _ELSEWHERE.get(name) or closest(name, _COMMANDS)
        raise UsageError(
            f"there is no command {name!r}",
            why=f"Did you mean `asstctl {meant}`?" if meant else "",
            fix="`asstctl --help` lists the commands.",
        )

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = import_module(f"asstctl.cli.commands.{module}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


def _show_version(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"asstctl {installed_version()}")
        ctx.exit()


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 fine, 1 error, 2 changes pending, 3 apply incomplete, 4 smoke failed, "
    "5 refused, 130 interrupted.",
)
@global_options
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
@click.pass_context
def cli(ctx: click.Context, /, **options: object) -> None:
    """Assistants as code: YAML manifests in, an account that matches them out."""
    ctx.obj = Globals().updated(options)
