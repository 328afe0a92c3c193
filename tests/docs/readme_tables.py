"""The parts of README.md that are made from the code. Run this file to write them anew."""

import re
import sys
from collections.abc import Callable, Iterator

import click
from readme_blocks import README

from asstctl.cli.main import cli
from asstctl.manifest import codes
from asstctl.model.diagnostics import Severity

_PART = re.compile(r"(?<=<!-- generated: )(\w+)( -->\n)(.*?)(?=<!-- end -->)", re.DOTALL)


def with_tables(markdown: str) -> str:
    """The text with every generated part as the code has it now."""
    return _PART.sub(lambda found: found[1] + found[2] + PARTS[found[1]](), markdown)


def _table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines).replace("| --- ", "|---")


def command_usage(name: str) -> str:
    """What can be written after ``asstctl``, as in ``plan [--prune]``."""
    ctx, command = _command(name)
    shared = {parameter.name for parameter in cli.params}
    own = [parameter for parameter in command.params if parameter.name not in shared]
    arguments = [
        item.make_metavar(ctx).replace("...", "…")
        for item in own
        if isinstance(item, click.Argument)
    ]
    options = [_option(item) for item in own if isinstance(item, click.Option)]
    return " ".join([name, *arguments, *options])


def _command(name: str) -> tuple[click.Context, click.Command]:
    group = click.Context(cli, info_name="asstctl")
    command = cli.get_command(group, name)
    assert command is not None
    return click.Context(command, info_name=name, parent=group), command


def _option(option: click.Option) -> str:
    text = max(option.opts, key=len)
    if not option.is_flag:
        choices = option.type.choices if isinstance(option.type, click.Choice) else ()
        text += f" {','.join(choices) or option.metavar or str(option.name).upper()}"
    return f"[{text}]" + ("…" if option.multiple else "")


def _commands() -> str:
    group = click.Context(cli, info_name="asstctl")
    rows = (
        (f"`{command_usage(name)}`", _command(name)[1].get_short_help_str(200).rstrip("."))
        for name in cli.list_commands(group)
    )
    return _table(("command", "does"), rows)


def _codes() -> str:
    rows = (
        (
            f"`{code.name}`",
            _cell(code.summary) + (" (warning)" if code.severity is Severity.WARNING else ""),
            _cell(code.cure),
        )
        for code in codes.ALL
    )
    return _table(("code", "says", "cure"), rows)


def _cell(text: str) -> str:
    """Text in a table: no bar ends it early, and what only looks like markup stays text."""
    marked = re.sub(
        r"(?<!`)(\$+\{(?:[\w.]+\})?|[\w/]*\*\*[\w/]*)", r"`\1`", text.replace("{}", "…")
    )
    return marked.replace("|", "\\|")


PARTS: dict[str, Callable[[], str]] = {"commands": _commands, "codes": _codes}


def main() -> None:
    """Write README.md, if anything in it is behind."""
    before = README.read_text(encoding="utf-8")
    after = with_tables(before)
    if after != before:
        README.write_text(after, encoding="utf-8")
    sys.stdout.write("README.md was behind\n" if after != before else "README.md is in step\n")


if __name__ == "__main__":
    main()
