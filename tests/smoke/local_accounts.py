"""An empty local account, a file to attach there, and what is left in the account."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from asstctl.emulator import open_account
from asstctl.model.file import LocalFile
from asstctl.remote.wire.connect import connect_in_process
from asstctl.remote.wire.wire import Wire


@asynccontextmanager
async def local_account() -> AsyncIterator[Wire]:
    """A wire to one, with a model that is offline."""
    async with (
        open_account(None) as account,
        connect_in_process(account.app, parallelism=8, seconds=30) as wire,
    ):
        yield wire


async def left_in(wire: Wire, *paths: str) -> list[int]:
    """How many objects each list holds."""
    listings: list[Any] = [(await wire.get(path)).value for path in paths]
    return [len(listing["data"]) for listing in listings]


def notes_in(folder: Path) -> LocalFile:
    """Notes about a tram in Lisbon."""
    source = folder / "notes.md"
    source.write_text("# Lisbon\n\nThe tram to take is the yellow tram 28.\n", "utf-8")
    return LocalFile("docs/notes.md", source, source.stat().st_size)
