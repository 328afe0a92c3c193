"""Conversations that smoke left in an account: its process died, or it was asked to keep them."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from asstctl.errors import AsstctlError
from asstctl.smoke.ports import Place
from asstctl.sync.ports import AccountError


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """One of them. ``case`` is what it was for, ``created_at`` seconds since 1970 or 0."""

    place: Place
    case: str
    created_at: float
    is_busy: bool = False
    """Whether something still goes on in it."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What was to be deleted, and why it was not."""

    leftover: Leftover
    error: AsstctlError | None = None


class LeftoverAccount(Protocol):
    """An account that lists the conversations which smoke began. Every method may raise
    ``asstctl.sync.ports.AccountError``."""

    @property
    def what(self) -> str:
        """What holds a conversation there: ``session``."""

    async def left_behind(self) -> tuple[Leftover, ...] | None:
        """The project's, oldest first; those of a smoke run that goes on right now too.

        None where the server does not list them.
        """

    async def remove(self, leftover: Leftover) -> None:
        """End what goes on in it and delete it. One that is gone already is fine."""


async def remove_all(
    account: LeftoverAccount, leftovers: Iterable[Leftover]
) -> tuple[Removal, ...]:
    """Delete these. One that cannot be deleted does not stop the others."""

    async def remove(leftover: Leftover) -> Removal:
        try:
            await account.remove(leftover)
        except AccountError as error:
            return Removal(leftover, error)
        return Removal(leftover)

    return tuple(await asyncio.gather(*map(remove, leftovers)))
