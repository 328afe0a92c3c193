"""Running smoke cases: what ``smoke`` and ``apply --smoke`` share."""

import sys
from collections.abc import Collection, Mapping

from asstctl.cli.output import as_json, is_terminal, screen, wants_color
from asstctl.cli.wiring import Connection
from asstctl.errors import UsageError
from asstctl.model.desired import Contents, Desired, DesiredAssistant
from asstctl.model.project import Project
from asstctl.smoke.options import SmokeOptions, Subject
from asstctl.smoke.result import SmokeResult
from asstctl.smoke.runner import run_smoke

FORMATS = ("human", "json", "junit", "html")


async def smoke(
    connection: Connection,
    project: Project,
    subjects: Collection[Subject],
    options: SmokeOptions,
    store_ids: Mapping[str, str],
    *,
    quiet: bool,
) -> SmokeResult:
    """Run the cases of the subjects; progress goes to stderr unless ``quiet``."""
    from rich.console import Console

    from asstctl.smoke.observer import SILENT
    from asstctl.views.smoke.progress import TerminalObserver

    console = Console(
        stderr=True, no_color=not wants_color(sys.stderr), force_terminal=is_terminal(sys.stderr)
    )

    async def run(observer: TerminalObserver | None) -> SmokeResult:
        return await run_smoke(
            connection.smoke(),
            list(subjects),
            target=project.target.name,
            options=options,
            store_ids=store_ids,
            observer=observer or SILENT,
        )

    if quiet:
        return await run(None)
    with TerminalObserver(console, stream=options.stream) as observer:
        return await run(observer)


def paths_of_same_content(contents: Contents) -> dict[str, tuple[str, ...]]:
    """For each path, all paths whose files have the same content."""
    by_content: dict[str, tuple[str, ...]] = {}
    for path in sorted(contents):
        sha256 = contents[path].sha256
        by_content[sha256] = (*by_content.get(sha256, ()), path)
    return {path: by_content[content.sha256] for path, content in contents.items()}


def choose(desired: Desired, keys: Collection[str]) -> tuple[DesiredAssistant, ...]:
    """The assistants with these keys (all, when there are none) that have cases."""
    known = {assistant.key for assistant in desired.assistants}
    for key in keys:
        if key.removeprefix("assistant.") not in known:
            raise UsageError(
                f"there is no assistant {key!r}",
                fix=f"Choose from: {', '.join(sorted(known))}.",
            )
    wanted = {key.removeprefix("assistant.") for key in keys} or known
    chosen = tuple(item for item in desired.assistants if item.key in wanted and item.smoke)
    if not chosen:
        raise UsageError(
            "there are no smoke cases to run",
            fix="Add a `smoke:` list to the manifest of an assistant.",
        )
    return chosen


def render(result: SmokeResult, style: str, *, to_file: bool, verbose: bool) -> str:
    """The report in one of ``FORMATS``."""
    match style:
        case "json":
            from asstctl.views.smoke.json import smoke_document

            return as_json(smoke_document(result))
        case "junit":
            from asstctl.views.smoke.junit import render_junit

            return render_junit(result)
        case "html":
            from asstctl.views.smoke.html import render_html

            return render_html(result)
        case _:
            from asstctl.views.smoke.human import render_smoke
            from asstctl.views.terminal import PLAIN

            on = PLAIN if to_file else screen(sys.stdout)
            return render_smoke(result, on, verbose=verbose)
