"""Hold conversations: run the test prompts of the manifests, and judge the answers."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from asstctl.app.choose import assistants_of
from asstctl.app.commands import raise_if_not_allowed
from asstctl.app.connect import Connection, connect_to
from asstctl.app.observer import SILENT, Observer
from asstctl.app.plan import Planned, plan_on
from asstctl.app.sandboxes import ConfirmCost, raise_if_too_dear
from asstctl.app.source import Source
from asstctl.errors import UsageError
from asstctl.model.address import Kind
from asstctl.model.desired import Contents, Desired, DesiredAssistant
from asstctl.model.project import Project, embeddings_of
from asstctl.plan.safety import CutListError
from asstctl.plan.warnings import cut_list
from asstctl.smoke import observer as watching
from asstctl.smoke.options import SmokeOptions, Subject
from asstctl.smoke.result import CaseStatus, SmokeResult
from asstctl.smoke.runner import run_smoke
from asstctl.smoke.selection import selected, unmatched
from asstctl.sync.local.last_smoke import read_failed, record_failed


async def smoke(
    source: Source,
    keys: Collection[str] = (),
    options: SmokeOptions | None = None,
    *,
    failed: bool = False,
    confirm: ConfirmCost | None = None,
    observer: Observer = SILENT,
) -> SmokeResult:
    """Run the cases of the assistants with these keys, of all when there are none.

    With ``failed`` only those that failed when they last ran here. ``confirm`` is asked before
    sandboxes are opened that cost money; None: nobody is. What ``options`` say of the project
    itself (parallelism, directory, secrets) is taken from it. Raises UsageError when there is
    nothing to run, a program would have to that is not allowed, or an assistant is not in the
    account, CutListError when it may be there and is not shown, DeclinedError, and AccountError.
    """
    project, desired = source.project, source.desired
    options = replace(options or SmokeOptions(), sensitive=desired.sensitive)
    chosen = chosen_cases(source, keys, options, failed=failed, observer=observer)
    if not chosen:
        return SmokeResult(target=project.target.name)
    async with connect_to(
        project, writes=False, sensitive=desired.sensitive, observer=observer
    ) as connection:
        planned = await plan_on(connection.account, source, observer=observer)
        if not planned.plan.is_empty:
            observer.on_note(
                "note: the account differs from the manifests; `asstctl plan` shows how"
            )
        same = paths_of_same_content(planned.contents)
        subjects = [subject_of(item, _id_of(item, planned), same) for item in chosen]
        stores = {store.stamp.key: store.id for store in planned.actual.stores}
        raise_if_too_dear(project, chosen, options, confirm=confirm, observer=observer)
        result = await run_cases(connection, project, subjects, options, stores, observer=observer)
    ran = [case for case in result.cases if case.status is not CaseStatus.SKIPPED]
    bad = [(case.key, case.name) for case in ran if not case.status.is_good]
    record_failed(project, [(case.key, case.name) for case in ran], bad)
    return result


async def run_cases(
    connection: Connection,
    project: Project,
    subjects: Collection[Subject],
    options: SmokeOptions,
    store_ids: Mapping[str, str],
    *,
    observer: Observer = SILENT,
) -> SmokeResult:
    """Run the cases of assistants whose ids are known. ``store_ids`` has those of stores by key."""
    options = options_for(project, options)
    with observer.smoking(stream=options.stream) as watcher:
        return await run_smoke(
            connection.smoke({item.assistant_id: item.credentials for item in subjects}),
            list(subjects),
            target=project.target.name,
            options=options,
            store_ids=store_ids,
            observer=watcher or watching.SILENT,
        )


def subject_of(
    assistant: DesiredAssistant, object_id: str, same_content: Mapping[str, tuple[str, ...]]
) -> Subject:
    """An assistant that is in the account under this id, and the cases about it."""
    return Subject(
        key=assistant.key,
        assistant_id=object_id,
        cases=assistant.smoke,
        model=assistant.spec.model,
        vector_store=assistant.spec.vector_store,
        credentials=assistant.credentials,
        same_content=same_content,
    )


def chosen_cases(
    source: Source,
    keys: Collection[str],
    options: SmokeOptions,
    *,
    failed: bool,
    observer: Observer = SILENT,
) -> tuple[DesiredAssistant, ...]:
    """The assistants with these keys and the cases that are meant; none, and a note, when none is.

    With ``failed`` those are what failed when it last ran here. Raises UsageError when no assistant
    has cases, a pattern means none, or a program would have to judge that is not allowed.
    """
    project, desired = source.project, source.desired
    only = read_failed(project) if failed else options.only
    options = replace(options, only=only, sensitive=desired.sensitive)
    chosen = narrowed(choose(desired, keys), options)
    if not chosen:
        observer.on_note(f"no case failed when it last ran on {project.target.name}")
    raise_if_not_allowed(chosen, project.target.name, options)
    return chosen


def options_for(project: Project, options: SmokeOptions) -> SmokeOptions:
    """The options with what the project itself says."""
    return replace(
        options,
        parallelism=project.target.parallelism,
        directory=project.root,
        withheld=project.credentials,
        prices=project.prices,
        embeddings=embeddings_of(project.target),
    )


def choose(desired: Desired, keys: Collection[str]) -> tuple[DesiredAssistant, ...]:
    """The assistants with these keys (all, when there are none) that have cases."""
    chosen = tuple(item for item in assistants_of(desired, keys) if item.smoke)
    if not chosen:
        raise UsageError(
            "there are no smoke cases to run",
            fix="Add a `smoke:` list to the manifest of an assistant.",
        )
    return chosen


def narrowed(
    assistants: Collection[DesiredAssistant], options: SmokeOptions
) -> tuple[DesiredAssistant, ...]:
    """The assistants with only those cases that the options leave in; those with none go.

    Raises UsageError for a pattern that means no case.
    """
    names = [case.name for assistant in assistants for case in assistant.smoke]
    if (pattern := unmatched(options.cases, names)) is not None:
        raise UsageError(
            f"--case {pattern} matches nothing",
            fix="Write a part of a case's name, or a glob such as 'finds *'.",
        )
    kept = (replace(item, smoke=selected(item.key, item.smoke, options)) for item in assistants)
    return tuple(item for item in kept if item.smoke)


def _id_of(assistant: DesiredAssistant, planned: Planned) -> str:
    """The id in the account. Raises UsageError and CutListError."""
    actual = planned.actual
    found = next((item for item in actual.assistants if item.stamp.key == assistant.key), None)
    if found is not None:
        return found.id
    if Kind.ASSISTANT in actual.unproven:
        raise CutListError(
            cut_list(Kind.ASSISTANT),
            why=f"{assistant.address} is not shown, and may be there all the same.",
            fix="Use a server with working lists.",
        )
    raise UsageError(
        f"{assistant.address} is not in {actual.account}",
        fix="Run `asstctl apply` first.",
    )


def paths_of_same_content(contents: Contents) -> dict[str, tuple[str, ...]]:
    """For each path, all paths whose files have the same content."""
    by_content: dict[str, tuple[str, ...]] = {}
    for path in sorted(contents):
        sha256 = contents[path].sha256
        by_content[sha256] = (*by_content.get(sha256, ()), path)
    return {path: by_content[content.sha256] for path, content in contents.items()}
