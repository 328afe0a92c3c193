"""``asstctl smoke``."""

import asyncio
import shutil
import sys
from pathlib import Path

import click

from asstctl.cli.options import Globals, verb
from asstctl.cli.output import as_json, report, say, wants_color, write_file
from asstctl.cli.planning import Scope, planned
from asstctl.cli.wiring import connect_to, load_project
from asstctl.errors import ExitCode, UsageError
from asstctl.model.actual import Actual
from asstctl.model.desired import Desired, DesiredAssistant
from asstctl.smoke.options import SmokeOptions, Subject
from asstctl.smoke.result import SmokeResult
from asstctl.smoke.runner import run_smoke


@verb("smoke")
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option(
    "--format", "style", type=click.Choice(["human", "json"]), default="human", show_default=True
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the report to FILE instead of stdout.",
)
@click.option(
    "--repeat",
    type=click.IntRange(1, 100),
    metavar="N",
    help="Run every case N times, whatever the manifest says.",
)
@click.option("--keep-threads", is_flag=True, help="Leave the threads in the account.")
def command(
    options: Globals,
    keys: tuple[str, ...],
    style: str,
    output: Path | None,
    repeat: int | None,
    keep_threads: bool,
) -> ExitCode:
    """Open threads, run the test prompts of the manifests, and judge the answers.

    KEYs choose assistants; without any, all of them. Exit code 4 when a case fails, 1 when a
    request does.
    """
    smoke_options = SmokeOptions(repeat=repeat, keep_threads=keep_threads)
    result = asyncio.run(_smoke(options, keys, smoke_options))
    text = _render(result, style, options, to_file=output is not None)
    if output is not None:
        write_file(output, text)
    else:
        report(text)
    return result.exit_code


async def _smoke(
    options: Globals, keys: tuple[str, ...], smoke_options: SmokeOptions
) -> SmokeResult:
    project, desired = load_project(options)
    chosen = _choose(desired, keys)
    async with connect_to(project.target, writes=False) as connection:
        made = await planned(project, desired, connection.account, Scope())
        if not made.plan.is_empty:
            say("note: the account differs from the manifests; `asstctl plan` shows how")
        return await run_smoke(
            connection.smoke(),
            [_subject(assistant, made.actual) for assistant in chosen],
            target=project.target.name,
            options=smoke_options,
            store_ids={store.stamp.key: store.id for store in made.actual.stores},
        )


def _choose(desired: Desired, keys: tuple[str, ...]) -> tuple[DesiredAssistant, ...]:
    known = {assistant.key for assistant in desired.assistants}
    for key in keys:
        if key not in known:
            raise UsageError(
                f"there is no assistant {key!r}",
                fix=f"Choose from: {', '.join(sorted(known))}.",
            )
    chosen = [item for item in desired.assistants if not keys or item.key in keys]
    if not any(assistant.smoke for assistant in chosen):
        raise UsageError(
            "there are no smoke cases to run",
            fix="Add a `smoke:` list to the manifest of an assistant.",
        )
    return tuple(assistant for assistant in chosen if assistant.smoke)


def _subject(assistant: DesiredAssistant, actual: Actual) -> Subject:
    found = next((item for item in actual.assistants if item.stamp.key == assistant.key), None)
    if found is None:
        raise UsageError(
            f"{assistant.address} is not in the account {actual.account}",
            fix="Run `asstctl apply` first.",
        )
    return Subject(key=assistant.key, assistant_id=found.id, cases=assistant.smoke)


def _render(result: SmokeResult, style: str, options: Globals, *, to_file: bool) -> str:
    if style == "json":
        from asstctl.views.smoke_json import smoke_document

        return as_json(smoke_document(result))
    from asstctl.views.smoke_human import render_smoke

    color = not to_file and wants_color(sys.stdout)
    width = shutil.get_terminal_size((100, 24)).columns
    return render_smoke(result, color=color, width=width, verbose=options.verbose)
