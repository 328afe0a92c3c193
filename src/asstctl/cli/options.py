"""Options that commands share. The global ones may stand before the command or after it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from textwrap import dedent, indent
from typing import Any, Final, TypeVar

import click

from asstctl.cli.complete import ADDRESSES, TARGETS, VARIABLES
from asstctl.cli.usage import OneOf

F = TypeVar("F", bound=Callable[..., Any])

ALLOW_COMMANDS: Final = "let programs of the manifests run, to answer functions and judge answers."
"""What ``--allow-commands`` does, to be begun with a capital."""


@dataclass(frozen=True, slots=True)
class Globals:
    """``folder`` is where the command is run, ``given_target`` what ``--target`` says.

    ``variables`` go over those of asstctl.yaml; ``verbose`` is how often ``-v`` was given.
    """

    folder: Path = Path()
    given_target: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    verbose: int = 0

    @property
    def target(self) -> str | None:
        """The target to use; None is the one that asstctl.yaml names."""
        from asstctl.manifest.targets import TARGET_VARIABLE

        if self.given_target is not None:
            return self.given_target
        return os.environ.get(TARGET_VARIABLE) or None

    @property
    def root(self) -> Path:
        """The project's folder: this one, or the nearest above it that holds a project."""
        from asstctl.manifest.project import find_project

        return find_project(self.folder)

    def updated(self, options: Mapping[str, object]) -> "Globals":
        """With the options that were given; what was not given stays."""
        # Not before they are needed: `--help` is a page of text.
        from asstctl.cli.output import choose_color
        from asstctl.cli.wire_log import choose_verbosity

        given = {name: value for name, value in options.items() if value not in (None, False, ())}
        color = given.pop("color", None)
        if isinstance(color, str):
            choose_color(color)
        given["variables"] = {**self.variables, **_variables(given.get("variables", ()))}
        updated = replace(self, **given)  # type: ignore[arg-type]
        choose_verbosity(updated.verbose)
        return updated


def _variables(texts: Any) -> dict[str, str]:
    """``NAME=VALUE`` taken apart. Raises UsageError, which does not quote a secret."""
    if not texts:
        return {}
    from asstctl.errors import UsageError
    from asstctl.manifest.secrets import find

    variables: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise UsageError("--var takes NAME=VALUE", fix="As in: --var city=Porto")
        if kind := next(iter(kind for _, _, kind in find(value)), ""):
            raise UsageError(
                f"--var {name}: that looks like {kind}",
                why="What variables hold is shown in plans, and in the list of processes.",
                fix="Put it into an environment variable, and write ${env.NAME} in the manifest.",
            )
        variables[name] = value
    return variables


def global_options(function: F) -> F:
    """Add ``-C``, ``-t``, ``--var``, ``--color`` and ``-v``."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def verb(name: str, examples: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A command that takes the global options too and gets them as its first argument.

    ``examples`` are lines of shell, shown at the end of its help as they stand.
    """

    def decorate(function: Callable[..., Any]) -> click.Command:
        @wraps(function)  # with the options that click has noted on it
        def call(ctx: click.Context, /, **options: Any) -> Any:
            from asstctl.cli.output import start_afresh

            start_afresh()
            names = ("folder", "given_target", "variables", "color", "verbose")
            own = {name: options.pop(name) for name in names}
            return function(ctx.obj.updated(own), **options)

        epilog = f"\b\nExamples:\n{indent(dedent(examples).strip(), '  ')}"
        return click.command(name, epilog=epilog)(global_options(click.pass_context(call)))

    return decorate


def format_option(*styles: str, **more: Any) -> Callable[[F], F]:
    """Add ``--format``, as the argument ``style``; the first of the styles is the default."""
    return click.option(
        "--format",
        "style",
        type=OneOf(styles),
        default=styles[0],
        show_default=True,
        **more,
    )


def version_options(function: F) -> F:
    """Add ``--since``, ``--ref`` and ``--require-clean``."""
    for option in reversed(_VERSION_OPTIONS):
        function = option(function)
    return function


auto_approve_option = click.option("--auto-approve", is_flag=True, help="Do not ask.")
yes_option = click.option(
    "--yes", is_flag=True, help="Do not ask before hosted sandboxes are opened, which cost money."
)
only_option = click.option(
    "--only",
    multiple=True,
    metavar="ADDRESS",
    shell_complete=ADDRESSES,
    help="Only this resource and what it needs, e.g. assistant.travel-guide; globs work. "
    "May be given several times.",
)
prune_option = click.option(
    "--prune", is_flag=True, help="Delete what is managed and in no manifest any more."
)

_VERSION_OPTIONS = (
    click.option(
        "--since",
        metavar="REF",
        help="Only what changed since the merge base with REF, files included.",
    ),
    click.option(
        "--ref",
        metavar="REV",
        help="Use the manifests of this commit, without touching the work tree: "
        "`apply --ref v1.4.0` is a rollback.",
    ),
    click.option(
        "--require-clean", is_flag=True, help="Refuse uncommitted changes in the project."
    ),
)
_OPTIONS = (
    click.option(
        "-C",
        "--chdir",
        "folder",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        metavar="DIR",
        help="Run in this folder. The project is there, or in the nearest folder above.",
    ),
    click.option(
        "-t",
        "--target",
        "given_target",
        metavar="NAME",
        shell_complete=TARGETS,
        help="The target, instead of $ASSTCTL_TARGET and the default one.",
    ),
    click.option(
        "--var",
        "variables",
        multiple=True,
        metavar="NAME=VALUE",
        shell_complete=VARIABLES,
        help="What ${var.NAME} stands for, over `vars`; never for secrets. May be given several "
        "times.",
    ),
    click.option(
        "--color",
        type=OneOf(["auto", "always", "never"]),
        help="When to use colour; auto honours NO_COLOR and FORCE_COLOR.",
    ),
    click.option(
        "-v", "--verbose", count=True, help="Say more: each request, with -vv its body too."
    ),
)
