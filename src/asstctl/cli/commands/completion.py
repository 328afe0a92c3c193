"""``asstctl completion``."""

import click

from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report
from asstctl.cli.usage import OneOf


@verb(
    "completion",
    """
    echo 'source <(asstctl completion bash)' >> ~/.bashrc
    echo 'source <(asstctl completion zsh)' >> ~/.zshrc
    asstctl completion fish > ~/.config/fish/completions/asstctl.fish
    """,
)
@click.argument("shell", type=OneOf(["bash", "zsh", "fish"]))
def command(options: Globals, shell: str) -> None:
    """Print a script that completes commands, options and names in your shell.

    Names are those of targets, variables, addresses, keys, codes, fields and schemas."""
    from click.shell_completion import get_completion_class

    completion = get_completion_class(shell)
    assert completion is not None
    group = click.get_current_context().find_root().command
    report(completion(group, {}, "asstctl", "_ASSTCTL_COMPLETE").source())
