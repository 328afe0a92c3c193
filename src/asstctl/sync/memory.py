"""What the last apply on this machine left where: a help to the memory, not state.

Nothing depends on it. It lets a plan say "deleted elsewhere" rather than "not in the account",
and stops an apply that finds an account suddenly empty: a wrong key looks just like that. Losing
the file loses only these two.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Final

from asstctl.errors import RefusedError
from asstctl.model.actual import Actual
from asstctl.model.address import Address
from asstctl.model.project import Project

_FILE: Final = Path(".asstctl") / "memory.json"


class WrongAccountError(RefusedError):
    """Everything that was managed is gone, which is more likely a mistake than the truth."""

    code: ClassVar[str] = "wrong-account"


def recall(project: Project, account: str) -> frozenset[Address]:
    """The addresses that the last apply left in this account; empty when nothing is known."""
    found = _read(project.root).get(place(project, account), [])
    try:
        return frozenset(Address.parse(text) for text in found)
    except (ValueError, TypeError, AttributeError):
        return frozenset()


def remember(project: Project, account: str, addresses: Iterable[Address]) -> None:
    """Note what is in the account now. A folder that cannot be written is no reason to fail."""
    memory = _read(project.root)
    memory[place(project, account)] = sorted(map(str, addresses))
    path = project.root / _FILE
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(memory, indent=1) + "\n", encoding="utf-8")
    except OSError:
        return


def raise_if_everything_is_gone(
    project: Project, actual: Actual, remembered: frozenset[Address]
) -> None:
    """Stop before a whole project is made anew in the wrong account. Raises WrongAccountError."""
    shows_all = not any(address.kind in actual.unproven for address in remembered)
    if remembered and shows_all and not actual.resources and not actual.expired:
        raise WrongAccountError(
            f"everything that was managed in {actual.account} is gone",
            why=f"The last apply left {len(remembered)} objects there, and none of them is to be "
            "seen. A wrong account or key looks just like this.",
            fix=f"Check the target's `base_url` and key. If the account was really emptied, delete "
            f"{_FILE.as_posix()} and apply again.",
        )


def place(project: Project, account: str) -> str:
    """What tells one account of a project from every other, as far as this machine knows."""
    return f"{project.name} {project.target.name} {account}"


def _read(root: Path) -> dict[str, Any]:
    try:
        value = json.loads((root / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
