"""What the last apply on this machine left in each account. A cache: safe to delete.

The account is the state. This file lets a plan say "deleted elsewhere" rather than "not in the
account", and stops an apply that finds an account suddenly empty: a wrong key looks just like
that. Losing the file loses only these two.

The file is one JSON object: ``{"<project> <target> <account>": {"run": "<uuid of the apply>",
"addresses": ["assistant.guide", …]}}``.
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
from asstctl.sync.local.folder import NAME, Folder, account_key
from asstctl.text.words import count

_FILE: Final = "memory.json"


class WrongAccountError(RefusedError):
    """Everything that was managed is gone, which is more likely a mistake than the truth."""

    code: ClassVar[str] = "wrong-account"


@dataclass(frozen=True, slots=True)
class LastApply:
    """The addresses that the last apply left in an account; ``run`` is that apply's own id."""

    addresses: frozenset[Address] = frozenset()
    run: str = ""


def read_last_apply(project: Project, account: str) -> LastApply:
    """What the last apply left in this account; empty when nothing is known. Never raises."""
    return _last_apply(_read(Folder(project.root)), account_key(project, account))


def record_apply(
    project: Project, account: str, addresses: Iterable[Address], *, before: LastApply
) -> None:
    """Write down what is in the account now. Never raises: a folder may be read-only.

    ``before`` is what was read when the account was. If another apply has written since, only the
    addresses that both saw are kept: of a concurrent apply and destroy, one ends after the other
    and still believes what it saw first. Example: the apply saw {A, B}, the destroy has written
    {} meanwhile, so what is kept is {A, B} & {} = {}, and no later run takes an empty account for
    the wrong one.
    """
    folder, here = Folder(project.root), account_key(project, account)
    with suppress(OSError), folder.locked():
        accounts = _read(folder)
        now = _last_apply(accounts, here)
        left = frozenset(addresses)
        if now.run != before.run:
            left &= now.addresses
        accounts[here] = {"run": uuid.uuid4().hex, "addresses": sorted(map(str, left))}
        folder.replace(_FILE, json.dumps(accounts, indent=1) + "\n")


def raise_if_everything_is_gone(project: Project, actual: Actual, last_apply: LastApply) -> None:
    """Stop before a whole project is made anew in the wrong account. Raises WrongAccountError."""
    addresses = [item for item in last_apply.addresses if actual.is_on_server(item.kind)]
    shows_all = not any(address.kind in actual.unproven for address in addresses)
    shown = [item for item in actual.resources if actual.is_on_server(item.address.kind)]
    if addresses and shows_all and not shown and not actual.expired:
        raise WrongAccountError(
            f"everything that was managed in {actual.account} is gone",
            why=f"The last apply left {count(len(addresses), 'object')} there, and nothing of that "
            "is to be seen. A wrong account or key looks just like this.",
            fix="Check the target's `base_url` and key. If the account was really emptied, delete "
            f"{NAME}/{_FILE} and apply again.",
        )


def _read(folder: Folder) -> dict[str, Any]:
    try:
        value = json.loads(folder.read(_FILE))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _last_apply(accounts: dict[str, Any], here: str) -> LastApply:
    match accounts.get(here):
        case {"run": str(run), "addresses": list(addresses)}:
            return LastApply(_addresses(addresses), run)
        case list(addresses):  # As it was written before runs had names.
            return LastApply(_addresses(addresses))
        case _:
            return LastApply()


def _addresses(texts: list[Any]) -> frozenset[Address]:
    try:
        return frozenset(Address.parse(text) for text in texts)
    except (ValueError, TypeError, AttributeError):
        return frozenset()
