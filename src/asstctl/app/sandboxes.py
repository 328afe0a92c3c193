"""What smoke costs besides tokens: a hosted sandbox for each conversation of some assistants."""

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from asstctl.app.confirm import raise_if_declined
from asstctl.app.observer import Observer
from asstctl.model.desired import DesiredAssistant
from asstctl.model.project import Project, ServerTarget
from asstctl.smoke.options import SmokeOptions

ConfirmCost: TypeAlias = Callable[[str], bool]
"""Is asked a question about money, and says whether to go on."""
_UNTIL: Final = "until its session is deleted or has been idle for an hour"


def raise_if_too_dear(
    project: Project,
    assistants: Iterable[DesiredAssistant],
    options: SmokeOptions,
    *,
    confirm: ConfirmCost | None,
    observer: Observer,
) -> None:
    """Say which sandboxes the cases of these assistants are going to take, and what that costs.

    ``confirm`` is asked whether to go on; None: nobody is. Raises DeclinedError.
    """
    sandboxes = sum(_conversations(item, project, options) for item in assistants)
    if not sandboxes or not isinstance(project.target, ServerTarget):
        return
    end = "they stay, as asked for" if options.keep_threads else "smoke deletes it at the end"
    many = _many(sandboxes)
    observer.on_note(
        f"note: the smoke cases take {many} on {project.target.name}. Each costs money {_UNTIL}; "
        f"{end}"
    )
    if confirm is not None:
        raise_if_declined(confirm(f"Open {many} on {project.target.name}?"))


def _conversations(assistant: DesiredAssistant, project: Project, options: SmokeOptions) -> int:
    """How many conversations an assistant holds in a sandbox."""
    if assistant.spec.environment is None:
        return 0
    cases = (case for case in assistant.smoke if case.is_for(project.target.name))
    return sum(options.repeat or case.repeat for case in cases)


def _many(sandboxes: int) -> str:
    return "1 hosted sandbox" if sandboxes == 1 else f"{sandboxes} hosted sandboxes"
