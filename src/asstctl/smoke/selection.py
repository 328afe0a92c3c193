"""Which cases to run: those that a pattern names, or that failed the last time."""

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from typing import Final, TypeAlias

from asstctl.model.smoke import SmokeCase
from asstctl.smoke.options import SmokeOptions

CaseName: TypeAlias = tuple[str, str]
"""The assistant's key, and the name of the case as it is shown."""

_GLOB: Final = frozenset("*?[")


def selected(key: str, cases: Iterable[SmokeCase], options: SmokeOptions) -> tuple[SmokeCase, ...]:
    """The cases of the assistant ``key`` that the options leave in."""
    return tuple(
        case
        for case in cases
        if (not options.cases or any(matches(pattern, case.name) for pattern in options.cases))
        and (options.only is None or (key, options.sensitive.text(case.name)) in options.only)
    )


def matches(pattern: str, name: str) -> bool:
    """Whether a case is meant: by any part of its name, or by a glob; case does not matter."""
    pattern, name = pattern.casefold(), name.casefold()
    return pattern in name or bool(_GLOB & set(pattern) and fnmatchcase(name, pattern))


def unmatched(patterns: Collection[str], names: Collection[str]) -> str | None:
    """A pattern that means no case; None when each means one."""
    for pattern in patterns:
        if not any(matches(pattern, name) for name in names):
            return pattern
    return None
