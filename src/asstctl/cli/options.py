"""Options that every command shares. They may stand before the command or after it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent, indent
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Globals:
    """``root`` is the project's folder; ``target`` None means the one that asstctl.yaml names.

    ``verbose`` is how often ``-v`` was given.
    """

    root: Path = Path()
    target: str | None = None
    verbose: int = 0

    def updated(self, options: Mapping[str, object]) -> "Globals":
        """With the options that were given; what was not given stays."""
        # Not before they are needed: `--help` is a page of text.
        from asstctl.cli.output import choose_color
        from asstctl.cli.wire_log import choose_verbosity

        given = {name: value for name, value in options.items() if value not in (None, False)}
        color = given.pop("color", None)
        if isinstance(color, str):
            choose_color(color)
        updated = replace(self, **given)  # type: ignore[arg-type]
        choose_verbosity(updated.verbose)
        return updated


def global_options(function: F) -> F:
    """Add ``-C``, ``-t``, ``--color`` and ``-v``."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def verb(name: str, examples: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A command that takes the global options too and gets them as its first argument.

    ``examples`` are lines of shell, shown at the end of its help as they stand.
    """

    def decorate(function: Callable[..., Any]) -> click.Command:
        @click.pass_context
        def call(ctx: click.Context, /, **options: Any) -> Any:
            from asstctl.cli.output import start_afresh

            start_afresh()
            names = ("root", "target", "color", "verbose")
            own = {name: options.pop(name) for name in names}
            return function(ctx.obj.updated(own), **options)

        call.__doc__ = function.__doc__
        call.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
        epilog = f"\b\nExamples:\n{indent(dedent(examples).strip(), '  ')}"
        return click.command(name, epilog=epilog)(global_options(call))

    return decorate


_OPTIONS = (
    click.option(
        "-C",
        "--chdir",
        "root",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        metavar="DIR",
        help="The project's folder, instead of the current one.",
    ),
    click.option("-t", "--target", metavar="NAME", help="The target, instead of the default one."),
    click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        help="When to use colour; auto honours NO_COLOR and FORCE_COLOR.",
    ),
    click.option(
        "-v", "--verbose", count=True, help="Say more: each request, with -vv its body too."
    ),
)
