"""``asstctl smoke``."""

from pathlib import Path

import click

from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report, say, write_report
from asstctl.cli.planning import Planned, planned
from asstctl.cli.reports import ReportFile, reports_option
from asstctl.cli.smoking import FORMATS, choose, paths_of_same_content, render, smoke
from asstctl.cli.wiring import connect_to, load_project
from asstctl.errors import ExitCode, UsageError
from asstctl.model.address import Kind
from asstctl.model.desired import DesiredAssistant
from asstctl.plan.safety import CutListError
from asstctl.plan.warnings import cut_list
from asstctl.smoke.options import SmokeOptions, Subject
from asstctl.smoke.result import SmokeResult


@verb(
    "smoke",
    """
    asstctl smoke
    asstctl smoke travel-guide --stream
    asstctl smoke --format junit --output smoke.xml
    asstctl smoke --format html --output smoke.html
    asstctl smoke --repeat 5 --keep-threads
    """,
)
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option("--format", "style", type=click.Choice(FORMATS), default="human", show_default=True)
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
@click.option("--keep-threads", is_flag=True, help="Leave the threads in the account.")
@click.option("--stream", is_flag=True, help="Show the replies as they are written.")
@click.option(
    "--allow-commands", is_flag=True, help="Let functions be answered by programs of the manifest."
)
def command(
    options: Globals,
    keys: tuple[str, ...],
    style: str,
    output: Path | None,
    reports: tuple[ReportFile, ...],
    repeat: int | None,
    keep_threads: bool,
    stream: bool,
    allow_commands: bool,
) -> ExitCode:
    """Open threads, run the test prompts of the manifests, and judge the answers.

    KEYs choose assistants; without any, all of them. Exit code 4 when a case fails, 1 when a
    request does.
    """

    async def run() -> SmokeResult:
        project, desired = load_project(options)
        chosen = choose(desired, keys)
        smoke_options = SmokeOptions(
            parallelism=project.target.parallelism,
            repeat=repeat,
            keep_threads=keep_threads,
            stream=stream,
            allow_commands=allow_commands,
            directory=project.root,
            withheld=project.credentials,
            sensitive=desired.sensitive,
        )
        async with connect_to(project.target, writes=False) as connection:
            made = await planned(project, desired, connection.account)
            if not made.plan.is_empty:
                say("note: the account differs from the manifests; `asstctl plan` shows how")
            subjects = [_subject(assistant, made) for assistant in chosen]
            stores = {store.stamp.key: store.id for store in made.actual.stores}
            quiet = style == "json" and output is None
            return await smoke(connection, project, subjects, smoke_options, stores, quiet=quiet)

    result = run_async(run())
    for file in reports:
        text = render(result, file.style, to_file=True, verbose=options.verbose > 0)
        write_report(file.path, text)
    text = render(result, style, to_file=output is not None, verbose=options.verbose > 0)
    if output is not None:
        write_report(output, text)
        say(f"the report is in {output}")
    else:
        report(text)
    return result.exit_code


def _subject(assistant: DesiredAssistant, made: Planned) -> Subject:
    found = next((item for item in made.actual.assistants if item.stamp.key == assistant.key), None)
    if found is None and Kind.ASSISTANT in made.actual.unproven:
        raise CutListError(
            cut_list(Kind.ASSISTANT),
            why=f"{assistant.address} is not shown, and may be there all the same.",
            fix="Use a server with working lists.",
        )
    if found is None:
        raise UsageError(
            f"{assistant.address} is not in {made.actual.account}",
            fix="Run `asstctl apply` first.",
        )
    return Subject(
        key=assistant.key,
        assistant_id=found.id,
        cases=assistant.smoke,
        vector_store=assistant.spec.vector_store,
        same_content=paths_of_same_content(made.contents),
    )
