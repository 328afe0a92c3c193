"""``asstctl validate``."""

import os
import sys
from collections.abc import Iterator, Mapping
from typing import Literal

import click

from asstctl.cli.options import Globals, verb
from asstctl.cli.output import as_json, report, screen
from asstctl.errors import ExitCode
from asstctl.manifest.load import load
from asstctl.model.desired import Desired
from asstctl.text import words

Format = Literal["human", "json"]


@verb(
    "validate",
    """
    asstctl validate
    asstctl validate --format json | jq '.diagnostics[].code'
    asstctl -C bots -t prod validate
    """,
)
@click.option(
    "--format", "style", type=click.Choice(["human", "json"]), default="human", show_default=True
)
@click.option(
    "--allow-unset",
    is_flag=True,
    help="Accept environment variables that are not set, as where no secrets are given out.",
)
def command(options: Globals, style: Format, allow_unset: bool) -> ExitCode:
    """Check everything that can be known without the network.

    Every problem of the whole project is reported at once, with file, line and column.
    """
    environ = _EveryVariable(os.environ) if allow_unset else os.environ
    loaded = load(options.root, target=options.target, environ=environ)
    if style == "json":
        from asstctl.views.diagnostics.json import diagnostics_document

        report(as_json(diagnostics_document(loaded.diagnostics)))
    elif loaded.diagnostics:
        from asstctl.views.diagnostics.human import render_diagnostics

        report(render_diagnostics(loaded.diagnostics, screen(sys.stdout)))
    if style == "human" and loaded.desired is not None:
        report(f"valid: {_counts(loaded.desired)}")
    return ExitCode.OK if loaded.ok else ExitCode.ERROR


class _EveryVariable(Mapping[str, str]):
    """An environment in which everything is set: what is not stands for its own name."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        return self._environ.get(name) or name

    def __iter__(self) -> Iterator[str]:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)


def _counts(desired: Desired) -> str:
    counts = (
        (len(desired.assistants), "assistant"),
        (len(desired.stores), "vector store"),
        (len(desired.files), "file"),
    )
    return ", ".join(words.count(number, noun) for number, noun in counts)
