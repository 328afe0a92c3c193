"""Work whose commit was made, but not answered: the database was lost just then."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import openai
import pytest

from asstctl.emulator import Account
from asstctl.emulator.runs.work import RunWork
from asstctl.emulator.store.database import UnreachableError
from asstctl.emulator.work import worker
from emulator.agents import NONE
from emulator.conftest import on_both_databases

pytestmark = on_both_databases


async def _lost_in(kind: str, client: openai.AsyncOpenAI, account: Account) -> Callable[[], Any]:
    """Begin some work whose last commit is made but not answered; gives how to look at it."""
    assistant = await client.beta.assistants.create(model="gpt-4o")
    thread = await client.beta.threads.create()
    file = await client.files.create(file=("a.md", b"The castle."), purpose="assistants")
    store = await client.vector_stores.create()
    begin: dict[str, tuple[str, Callable[[], Awaitable[Any]]]] = {
        "run": (
            "runs",
            lambda: client.beta.threads.runs.create(thread.id, assistant_id=assistant.id),
        ),
        "response": (
            "responses",
            lambda: client.responses.create(model="m", input="Hi", background=True),
        ),
        "turn": (
            "turns",
            lambda: client.beta.agents.sessions.create(
                agent={"model": "m"}, environment=NONE, input="Hi"
            ),
        ),
        "file": (
            "store_files",
            lambda: client.vector_stores.files.create(store.id, file_id=file.id),
        ),
    }
    table, create = begin[kind]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(account.database, "write", _unanswered(account.database.write))
        with pytest.raises(openai.InternalServerError, match="database does not answer"):
            await create()
    return lambda: account.database.rows(f"SELECT status FROM {table}")[0]["status"]


def _unanswered(write: Any) -> Any:
    @contextmanager
    def written() -> Iterator[Any]:
        with write() as connection:
            yield connection
        raise UnreachableError("the connection is lost")

    return written


@pytest.mark.parametrize("kind", ["run", "response", "turn", "file"])
async def test_what_was_committed_without_an_answer_is_done(
    account: Account, client: openai.AsyncOpenAI, kind: str
) -> None:
    status = await _lost_in(kind, client, account)
    assert status() in {"queued", "in_progress"}
    for _ in range(2):
        account.adopt()
    async with asyncio.timeout(10):
        while status() != "completed":
            await asyncio.sleep(0.01)


async def test_a_run_that_was_begun_without_an_answer_is_failed(
    account: Account, client: openai.AsyncOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = [UnreachableError("the connection is lost")]
    begin = RunWork.begin

    def unanswered(work: RunWork) -> bool:
        begun = begin(work)
        if errors:
            raise errors.pop()
        return begun

    monkeypatch.setattr(worker, "_AGAIN_SECONDS", 0)
    monkeypatch.setattr(RunWork, "begin", unanswered)
    made = await client.beta.assistants.create(model="gpt-4o")
    run = await client.beta.threads.create_and_run(assistant_id=made.id)
    await account.worker.finished(run.id)
    for _ in range(2):
        account.adopt()
    found = await client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)
    assert found.last_error is not None
    assert "lost the account" in found.last_error.message
