"""``asstctl smoke``."""

from functools import partial
from pathlib import Path

import click

from asstctl.app.recording import judge_recorded, read_baseline
from asstctl.app.smoke import smoke
from asstctl.app.source import read_source
from asstctl.cli.complete import ASSISTANTS
from asstctl.cli.confirm import confirm_cost
from asstctl.cli.event_loop import run_async
from asstctl.cli.options import ALLOW_COMMANDS, Globals, format_option, verb, yes_option
from asstctl.cli.output import report, say, write_report
from asstctl.cli.report_option import ReportFile, reports_option
from asstctl.cli.smoke_report import FORMATS, render
from asstctl.cli.watch import Terminal
from asstctl.errors import ExitCode, UsageError
from asstctl.smoke.options import SmokeOptions


@verb(
    "smoke",
    """
    asstctl smoke
    asstctl smoke travel-guide --stream
    asstctl smoke --format junit --output smoke.xml
    asstctl smoke --format html --output smoke.html
    asstctl smoke --case refund --fail-fast
    asstctl smoke --failed
    asstctl smoke --repeat 5 --keep-threads
    asstctl smoke --baseline smoke.json
    asstctl smoke --judge-only smoke.json
    """,
)
@click.argument("keys", nargs=-1, metavar="[KEY]...", shell_complete=ASSISTANTS)
@format_option(*FORMATS)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the report to FILE instead of stdout.",
)
@reports_option({".xml": "junit", ".json": "json", ".html": "html"})
@click.option(
    "--repeat",
    type=click.IntRange(1, 100),
    metavar="N",
    help="Run every case N times, whatever the manifest says.",
)
@click.option(
    "--case",
    "cases",
    multiple=True,
    metavar="PATTERN",
    help="Only cases with this in their names; globs work. May be given several times.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Compare with an earlier run, whose --format json is FILE.",
)
@click.option(
    "--judge-only",
    "recorded",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Run nothing: judge the answers of an earlier run, whose --format json is FILE.",
)
@click.option("--failed", is_flag=True, help="Only cases that failed when they last ran here.")
@click.option("--fail-fast", is_flag=True, help="Begin no other case once one has failed.")
@click.option(
    "--keep-threads", is_flag=True, help="Leave the threads or conversations in the account."
)
@click.option("--stream", is_flag=True, help="Show the replies as they are written.")
@click.option("--allow-commands", is_flag=True, help=ALLOW_COMMANDS.capitalize())
@yes_option
def command(
    options: Globals,
    keys: tuple[str, ...],
    style: str,
    output: Path | None,
    reports: tuple[ReportFile, ...],
    repeat: int | None,
    cases: tuple[str, ...],
    baseline: Path | None,
    recorded: Path | None,
    failed: bool,
    fail_fast: bool,
    keep_threads: bool,
    stream: bool,
    allow_commands: bool,
    yes: bool,
) -> ExitCode:
    """Hold conversations, run the test prompts of the manifests, and judge the answers.

    KEYs choose assistants; without any, all of them. Exit code 4 when a case fails, 1 when a
    request does.
    """
    smoke_options = SmokeOptions(
        repeat=repeat,
        keep_threads=keep_threads,
        stream=stream,
        allow_commands=allow_commands,
        cases=cases,
        fail_fast=fail_fast,
    )
    if recorded is not None:
        _raise_if_running(smoke_options)
    watch = Terminal("smoke", quiet=style == "json" and output is None)
    source = read_source(
        options.root,
        options.target,
        variables=options.variables,
        keyless=recorded is not None,
        observer=watch,
    )
    before = read_baseline(baseline, source) if baseline else None
    cost = confirm_cost(yes=yes)
    if recorded is None:
        work = smoke(source, keys, smoke_options, failed=failed, confirm=cost, observer=watch)
    else:
        work = judge_recorded(recorded, source, keys, smoke_options, failed=failed, observer=watch)
    result = run_async(work)
    compared = before.compared(result) if before else None
    written = partial(render, result, verbose=options.verbose > 0, comparison=compared)
    for file in reports:
        write_report(file.path, written(file.style, to_file=True))
    text = written(style, to_file=output is not None)
    if output is not None:
        write_report(output, text)
        say(f"the report is in {output}")
    else:
        report(text)
    return result.exit_code


def _raise_if_running(options: SmokeOptions) -> None:
    """Raises UsageError for what only a run can do."""
    given = {
        "--repeat": options.repeat is not None,
        "--keep-threads": options.keep_threads,
        "--stream": options.stream,
        "--fail-fast": options.fail_fast,
    }
    for name, is_given in given.items():
        if is_given:
            raise UsageError(f"{name} does not go with --judge-only", why="it runs nothing")
