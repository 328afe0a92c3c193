"""The parts of the READMEs that are made from the code. Run this file to write them anew."""

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, TypeVar, cast

import click
import yaml
from readme_blocks import READMES, ROOT, title
from readme_reference import reference

from asstctl.cli.main import cli
from asstctl.manifest import codes
from asstctl.manifest.reference.tables import TABLES
from asstctl.manifest.schema.schemas import SCHEMA_NAMES
from asstctl.manifest.schema.written import schema_text
from asstctl.model.diagnostics import Severity
from asstctl.text.known_errors import KNOWN_ERRORS

_P = TypeVar("_P", bound=click.Parameter)
_ACTION: Final = "actions/asstctl/action.yml"
_PART = re.compile(r"(?<=<!-- generated: )(\w+)( -->\n)(.*?)(?=<!-- end -->)", re.DOTALL)


def with_tables(markdown: str) -> str:
    """The text with every generated part as the code has it now."""
    return _PART.sub(lambda found: found[1] + found[2] + PARTS[found[1]](), markdown)


def made_parts(markdown: str) -> list[str]:
    """The names of the generated parts that a text has."""
    return [found[1] for found in _PART.finditer(markdown)]


def _table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines).replace("| --- ", "|---")


def _commands() -> str:
    rows = (
        (
            f"`{' '.join([name, *_arguments(name)])}`".replace("|", "\\|"),
            _cell(_command(name)[1].get_short_help_str(200).rstrip(".")),
        )
        for name in _names()
    )
    return _table(("command", "does"), rows)


def _options() -> str:
    rows = (
        (
            f"`{name}`" if first else "",
            f"`{_option(option)}`",
            _cell(option.help or "The form of the report."),
        )
        for name in _names()
        for first, option in _numbered(_own(name, click.Option))
    )
    return _table(("command", "option", "does"), rows)


def _names() -> list[str]:
    return cli.list_commands(click.Context(cli, info_name="asstctl"))


def _command(name: str) -> tuple[click.Context, click.Command]:
    group = click.Context(cli, info_name="asstctl")
    command = cli.get_command(group, name)
    assert command is not None
    return click.Context(command, info_name=name, parent=group), command


def _own(name: str, kind: type[_P]) -> list[_P]:
    """The parameters of a command that not every command has."""
    shared = {parameter.name for parameter in cli.params}
    return [
        parameter
        for parameter in _command(name)[1].params
        if isinstance(parameter, kind) and parameter.name not in shared
    ]


def _numbered(options: list[click.Option]) -> Iterator[tuple[bool, click.Option]]:
    return ((number == 0, option) for number, option in enumerate(options))


def _arguments(name: str) -> list[str]:
    ctx, _ = _command(name)
    return [item.make_metavar(ctx).replace("...", "…") for item in _own(name, click.Argument)]


def _option(option: click.Option) -> str:
    text = max(option.opts, key=len)
    if option.is_flag:
        return text
    choices = option.type.choices if isinstance(option.type, click.Choice) else ()
    number = "N" if isinstance(option.type, click.types.IntParamType) else ""
    value = ",".join(choices) or option.metavar or number or str(option.name).upper()
    return f"{text} {value}" + ("…" if option.multiple else "")


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


def _errors() -> str:
    rows = (
        (
            f"`{known.code}`",
            str(known.exit_code),
            known.says,
            known.cure + (f" [More](../{known.more})" if known.more else ""),
        )
        for known in KNOWN_ERRORS
    )
    return _table(("error", "exit code", "says", "cure"), rows)


def _schemas() -> str:
    rows = (
        (
            f"`{name}`",
            _cell(json.loads(schema_text(name))["description"].partition(" References")[0]),
        )
        for name in SCHEMA_NAMES
    )
    return _table(("schema", "describes"), rows)


def _inputs(file: str, *way: str) -> str:
    """The inputs of an action or of a reusable workflow."""
    rows = (
        (f"`{name}`", _default(about), _cell(" ".join(about["description"].split())))
        for name, about in _described(file, *way).items()
    )
    return _table(("input", "default", "is"), rows)


def _outputs(file: str, *way: str) -> str:
    rows = (
        (f"`{name}`", _cell(" ".join(about["description"].split())))
        for name, about in _described(file, *way).items()
    )
    return _table(("output", "is"), rows)


def _described(file: str, *way: str) -> dict[str, dict[str, Any]]:
    """What a file of GitHub's says below the keys ``way``; to YAML, ``on`` is a boolean."""
    found = yaml.safe_load((ROOT / ".github" / file).read_text(encoding="utf-8"))
    for key in way:
        found = found[True if key == "on" else key]
    return cast("dict[str, dict[str, Any]]", found)


def _default(about: Mapping[str, Any]) -> str:
    if about.get("required"):
        return "*required*"
    default = about.get("default", "")
    return (
        f"`{default if isinstance(default, str) else json.dumps(default)}`" if default != "" else ""
    )


def _cell(text: str) -> str:
    """Text in a table: no bar ends it early, and what only looks like markup stays text."""
    parts = text.replace("{}", "…").split("`")
    parts[::2] = (
        re.sub(r"(\$+\{(?:[\w.]+\})?|[\w/]*\*{2,}[\w/]*)", r"`\1`", part) for part in parts[::2]
    )
    marked = "`".join(parts)
    return marked.replace("|", "\\|").replace("<", "&lt;")


PARTS: dict[str, Callable[[], str]] = {
    "commands": _commands,
    "options": _options,
    "codes": _codes,
    "errors": _errors,
    "schemas": _schemas,
    "workflow_inputs": partial(
        _inputs, "workflows/assistants.yml", "on", "workflow_call", "inputs"
    ),
    "action_inputs": partial(_inputs, _ACTION, "inputs"),
    "action_outputs": partial(_outputs, _ACTION, "outputs"),
    **{f"reference_{name}": partial(reference, name, _cell) for name in TABLES},
}


def main() -> None:
    """Write each README in which anything is behind, and say which."""
    for page in READMES:
        before = page.read_text(encoding="utf-8")
        after = with_tables(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
        state = "was behind" if after != before else "is in step"
        sys.stdout.write(f"{title(page)} {state}\n")


if __name__ == "__main__":
    main()
