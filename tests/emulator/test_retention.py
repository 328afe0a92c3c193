"""Threads that nobody uses any more."""

from pathlib import Path

import openai
import pytest

from asstctl.emulator import open_account
from asstctl.emulator.retention import expire_threads, retention
from emulator.conftest import Clock, sdk

DAY = 86400


async def test_threads_are_deleted_when_nobody_used_them(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "a.db"
    async with open_account(path, clock=clock) as account, sdk(account) as client:
        threads = client.beta.threads
        left = [await threads.create(messages=[{"role": "user", "content": "x" * 50_000}])]
        left += [await threads.create() for _ in range(60)]
        used = await threads.create()
        clock.advance(20 * DAY)
        await threads.messages.create(used.id, role="user", content="Still there?")
        clock.advance(15 * DAY)
        assert await expire_threads(account, 40) == 0
        size = account.database.bytes
        async with retention(account, 30):
            for thread in left:
                with pytest.raises(openai.NotFoundError):
                    await threads.retrieve(thread.id)
            assert (await threads.retrieve(used.id)).id == used.id
        assert account.database.row("SELECT count(*) FROM messages")[0] == 1  # type: ignore[index]
        assert account.database.bytes <= size


async def test_room_is_given_back(tmp_path: Path, clock: Clock) -> None:
    async with open_account(tmp_path / "a.db", clock=clock) as account, sdk(account) as client:
        empty = account.database.bytes
        for _ in range(10):
            message = {"role": "user", "content": "x" * 100_000}
            await client.beta.threads.create(messages=[message])  # type: ignore[list-item]
        full = account.database.bytes
        clock.advance(2 * DAY)
        async with retention(account, 1):
            assert account.database.bytes < (empty + full) / 2
