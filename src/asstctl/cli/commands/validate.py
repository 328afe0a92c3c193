"""``asstctl validate``."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

import click

from asstctl.app.validate import seen_from_repository, validate, validate_all_targets
from asstctl.cli.options import Globals, format_option, verb
from asstctl.cli.output import as_json, report, say, screen
from asstctl.errors import ExitCode
from asstctl.manifest.load import Loaded
from asstctl.model.desired import Desired
from asstctl.model.diagnostics import Diagnostic
from asstctl.text import words
from asstctl.text.version import installed_version

_Read: TypeAlias = Callable[..., Loaded]


@verb(
    "validate",
    """
    asstctl validate
    asstctl validate --all-targets
    asstctl validate --fix
    asstctl validate --format json | jq '.diagnostics[].code'
    asstctl validate --format sarif > asstctl.sarif
    asstctl -C bots -t prod validate
    """,
)
@format_option(
    "human",
    "json",
    "github",
    "gitlab",
    "sarif",
    "junit",
    help="github: annotations; gitlab: code quality; sarif: code scanning; junit: test reports.",
)
@click.option("--all-targets", is_flag=True, help="Check the manifests for every target.")
@click.option(
    "--allow-unset",
    is_flag=True,
    help="Accept environment variables that are not set, as where no secrets are given out.",
)
@click.option(
    "--fix",
    "fixes",
    is_flag=True,
    help="Write what is meant where an error has a suggestion, as long as that mends it.",
)
def command(
    options: Globals, style: str, all_targets: bool, allow_unset: bool, fixes: bool
) -> ExitCode:
    """Check everything that can be known without the network.

    Every problem of the whole project is reported at once, with file, line and column.
    """
    read: _Read = partial(validate, options.root, options.target)
    if all_targets:
        read = partial(validate_all_targets, options.root)
    read = partial(read, variables=options.variables, allow_unset=allow_unset)
    loaded = _fixed(options.root, read) if fixes else read()
    if style == "human":
        _show(loaded)
    elif style == "json":
        from asstctl.views.diagnostics.json import diagnostics_document

        report(as_json(diagnostics_document(loaded.diagnostics)))
    else:
        report(_for_others(seen_from_repository(loaded.diagnostics, options.root), style))
    return ExitCode.OK if loaded.ok else ExitCode.ERROR


def _fixed(root: Path, read: _Read) -> Loaded:
    """The project after what has a suggestion was mended, which is told on stderr."""
    from asstctl.app.fix import fix

    fixed = fix(root, lambda texts: read(texts=texts))
    for done in fixed.fixes:
        say(f"{done.diagnostic.location}: {done.diagnostic.summary}, now {done.meant}")
    return fixed.loaded


def _show(loaded: Loaded) -> None:
    if loaded.diagnostics:
        from asstctl.views.diagnostics.human import render_diagnostics

        report(render_diagnostics(loaded.diagnostics, screen(sys.stdout)))
    if loaded.ok and loaded.desired is not None:
        report(f"valid: {_counts(loaded.desired)}")


def _for_others(diagnostics: tuple[Diagnostic, ...], style: str) -> str:
    """The diagnostics in a form that others show."""
    match style:
        case "github":
            from asstctl.views.diagnostics.github import render_github

            return render_github(diagnostics)
        case "gitlab":
            from asstctl.views.diagnostics.gitlab import gitlab_document

            return as_json(gitlab_document(diagnostics))
        case "sarif":
            from asstctl.views.diagnostics.sarif import sarif_document

            return as_json(sarif_document(diagnostics, installed_version()))
        case _:
            from asstctl.views.diagnostics.junit import render_junit

            return render_junit(diagnostics)


def _counts(desired: Desired) -> str:
    counts = (
        (len(desired.assistants), "assistant"),
        (len(desired.stores), "vector store"),
        *(((len(desired.environments), "environment"),) if desired.environments else ()),
        (len(desired.files), "file"),
    )
    return ", ".join(words.count(number, noun) for number, noun in counts)
