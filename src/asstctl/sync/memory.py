"""What the last apply on this machine left where: a help to the memory, not state.

Nothing depends on it. It lets a plan say "deleted elsewhere" rather than "not in the account",
and stops an apply that finds an account suddenly empty: a wrong key looks just like that. Losing
the file loses only these two.
"""

import json
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from asstctl.errors import RefusedError
from asstctl.model.actual import Actual
from asstctl.model.address import Address
from asstctl.model.project import Project
from asstctl.sync.local.folder import NAME, Folder

_FILE: Final = "memory.json"


class WrongAccountError(RefusedError):
    """Everything that was managed is gone, which is more likely a mistake than the truth."""

    code: ClassVar[str] = "wrong-account"


@dataclass(frozen=True, slots=True)
class Memory:
    """The addresses that the last apply left in an account; ``run`` tells which one wrote this."""

    addresses: frozenset[Address] = frozenset()
    run: str = ""


def recall(project: Project, account: str) -> Memory:
    """What is remembered of this account; an empty memory when nothing is known."""
    return _memory(_read(Folder(project.root)), place(project, account))


def remember(
    project: Project, account: str, addresses: Iterable[Address], *, before: Memory
) -> None:
    """Note what is in the account now. A folder that cannot be written is no reason to fail.

    ``before`` is what was recalled when the account was read. If another run has written since,
    only what both saw is remembered: of an apply and a destroy that run at once, one may end
    after the other and still believe what it saw first.
    """
    folder, here = Folder(project.root), place(project, account)
    with suppress(OSError), folder.locked():
        memory = _read(folder)
        now = _memory(memory, here)
        left = frozenset(addresses)
        if now.run != before.run:
            left &= now.addresses
        memory[here] = {"run": uuid.uuid4().hex, "addresses": sorted(map(str, left))}
        folder.replace(_FILE, json.dumps(memory, indent=1) + "\n")


def raise_if_everything_is_gone(project: Project, actual: Actual, remembered: Memory) -> None:
    """Stop before a whole project is made anew in the wrong account. Raises WrongAccountError."""
    addresses = remembered.addresses
    shows_all = not any(address.kind in actual.unproven for address in addresses)
    if addresses and shows_all and not actual.resources and not actual.expired:
        raise WrongAccountError(
            f"everything that was managed in {actual.account} is gone",
            why=f"The last apply left {len(addresses)} objects there, and none of them "
            "is to be seen. A wrong account or key looks just like this.",
            fix="Check the target's `base_url` and key. If the account was really emptied, delete "
            f"{NAME}/{_FILE} and apply again.",
        )


def place(project: Project, account: str) -> str:
    """What tells one account of a project from every other, as far as this machine knows."""
    return f"{project.name} {project.target.name} {account}"


def _read(folder: Folder) -> dict[str, Any]:
    try:
        value = json.loads(folder.read(_FILE))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _memory(memory: dict[str, Any], here: str) -> Memory:
    match memory.get(here):
        case {"run": str(run), "addresses": list(addresses)}:
            return Memory(_addresses(addresses), run)
        case list(addresses):  # As it was written before runs had names.
            return Memory(_addresses(addresses))
        case _:
            return Memory()


def _addresses(texts: list[Any]) -> frozenset[Address]:
    try:
        return frozenset(Address.parse(text) for text in texts)
    except (ValueError, TypeError, AttributeError):
        return frozenset()
