"""Programs that manifests name: none runs unless that was allowed."""

from collections.abc import Iterable

from asstctl.errors import UsageError
from asstctl.model.desired import DesiredAssistant
from asstctl.model.smoke import ExpectationKind, SmokeCase
from asstctl.smoke.options import SmokeOptions
from asstctl.text.words import count, some

_SHOWN = 5
"""Cases that the error names."""


def raise_if_not_allowed(
    assistants: Iterable[DesiredAssistant], target: str, options: SmokeOptions
) -> None:
    """Refuse cases that programs would judge, before anything is asked of the account.

    Raises UsageError unless the options allow it.
    """
    if options.allow_commands:
        return
    judged = [
        f"{assistant.key} · {options.sensitive.text(case.name)}"
        for assistant in assistants
        for case in assistant.smoke
        if case.is_for(target) and _is_judged_by_program(case)
    ]
    if judged:
        raise UsageError(
            f"programs of the manifests would judge {count(len(judged), 'case')}",
            why=f"`command` is expected by {some(judged, _SHOWN)}.",
            fix="Read what they run, and pass --allow-commands.",
        )


def _is_judged_by_program(case: SmokeCase) -> bool:
    expectations = (item for turn in case.turns for item in turn.expect)
    return any(item.kind is ExpectationKind.COMMAND for item in expectations)
