"""Several processes that serve one account in PostgreSQL: they stop, stream and replace each other.

Each is an open account with connections of its own, on a socket of its own.
"""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai
import psycopg
import pytest

from asstctl.emulator import Account, open_account
from asstctl.emulator.store.owner import adopt
from emulator.agents import NONE, says, settled
from emulator.conftest import serving
from emulator.dead import dead_owner
from emulator.scripted import Hang, Script
from emulator.test_postgres import admin, end_all
from real_command import COMMAND, clean_environment

HELLO: Any = {"messages": [{"role": "user", "content": "Hi"}]}
LONG = 'ü "said" \\ 𝔘\n' * 2_000
"""More than one message between processes can hold."""


@dataclass
class Process:
    """One that serves the account."""

    account: Account
    client: openai.AsyncOpenAI
    script: Script


@pytest.fixture
async def pair(postgres: str) -> AsyncIterator[tuple[Process, Process]]:
    opened = []
    async with AsyncExitStack() as stack:
        for _ in range(2):
            script = Script([])
            account = await stack.enter_async_context(open_account(postgres, model=script.upstream))
            url = await stack.enter_async_context(serving(account))
            client = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0)
            opened.append(Process(account, await stack.enter_async_context(client), script))
        yield opened[0], opened[1]


async def hanging(process: Process) -> Any:
    """Begin a run that hangs in its model."""
    process.script.turns.append(["Hm.", Hang()])
    made = await process.client.beta.assistants.create(model="gpt-4o")
    run = await process.client.beta.threads.create_and_run(assistant_id=made.id, thread=HELLO)
    await process.script.reached.wait()
    return run


async def ended(process: Process, run: Any) -> Any:
    async with asyncio.timeout(30):
        return await process.client.beta.threads.runs.poll(
            run.id, thread_id=run.thread_id, poll_interval_ms=10
        )


async def test_a_cancelled_run_stops_where_it_is_worked_on(pair: tuple[Process, Process]) -> None:
    one, two = pair
    one.script.turns.append(["Hm.", Hang()])
    made = await one.client.beta.assistants.create(model="gpt-4o")
    names = []
    stream = await one.client.beta.threads.create_and_run(
        assistant_id=made.id, thread=HELLO, stream=True
    )
    async for event in stream:
        names.append(event.event)
        if event.event == "thread.run.created":
            run = event.data
        if event.event == "thread.message.delta":
            await two.client.beta.threads.runs.cancel(run.id, thread_id=run.thread_id)
    assert names[names.index("thread.message.delta") + 1 :] == [
        "thread.run.cancelling",
        "thread.message.incomplete",
        "thread.run.step.cancelled",
        "thread.run.cancelled",
    ]
    assert one.account.worker.busy == 0


async def test_a_response_is_cancelled_from_elsewhere(pair: tuple[Process, Process]) -> None:
    one, two = pair
    one.script.turns.append(["Hm.", Hang()])
    made = await one.client.responses.create(model="m", input="Hi", background=True)
    await one.script.reached.wait()
    assert (await two.client.responses.cancel(made.id)).status == "cancelled"
    async with asyncio.timeout(10):
        await one.account.worker.finished(made.id)


async def test_a_response_is_deleted_from_elsewhere(
    pair: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = pair
    there = "SELECT id FROM responses"
    left: list[Any] = []
    tell = two.account.database.peers.tell

    def told(message: str) -> None:
        if '"stop"' in message:
            left.extend(one.account.database.rows(there))
        tell(message)

    monkeypatch.setattr(two.account.database.peers, "tell", told)
    one.script.turns.append(["Hm.", Hang()])
    waiting = asyncio.create_task(one.client.responses.create(model="m", input="Hi"))
    await one.script.reached.wait()
    (row,) = two.account.database.rows(there)
    await two.client.responses.delete(row["id"])
    async with asyncio.timeout(10):
        with pytest.raises(openai.NotFoundError):
            await waiting
    assert left == []


async def test_a_session_is_streamed_from_elsewhere(pair: tuple[Process, Process]) -> None:
    one, two = pair
    one.script.turns += [["Hello."], [LONG]]
    sessions = one.client.beta.agents.sessions
    made = await sessions.create(agent={"model": "m"}, environment=NONE, input="Hi")
    await settled(one.client, made.id)
    stream = await two.client.beta.agents.sessions.events.stream(made.id)
    while made.id not in one.account.worker.elsewhere._wanted:
        await asyncio.sleep(0.01)
    await one.client.beta.agents.sessions.events.create(made.id, events=[says("Say much")])
    found: list[Any] = []
    async for event in stream:
        found.append(event)
        if event.type == "agent.session.idle":
            break
    texts = [event.text for event in found if event.type.endswith("output_text.done")]
    assert texts == [LONG]
    await stream.close()


def _at_home(connection: psycopg.Connection[Any]) -> set[int]:
    """The server's processes for those that hold the lock of a peer."""
    held = connection.execute(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 1095980879 "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return {pid for (pid,) in held}


async def test_after_a_restart_of_the_server_all_are_alive_and_heard(
    postgres: str, pair: tuple[Process, Process]
) -> None:
    one, two = pair
    run = await hanging(one)
    with admin(postgres) as connection:
        before = _at_home(connection)
        end_all(connection)
        for process in pair:
            process.account.adopt()
            assert process.account.database.peers.is_alive(one.account.owner)
        while len(_at_home(connection) - before) < 2:
            await asyncio.sleep(0.05)
    await two.client.beta.threads.runs.cancel(run.id, thread_id=run.thread_id)
    assert (await ended(two, run)).status == "cancelled"


async def test_what_a_dead_process_left_goes_to_one(pair: tuple[Process, Process]) -> None:
    one, _ = pair
    one.script.turns += [["Hello."]] * 12
    made = await one.client.beta.assistants.create(model="gpt-4o")
    thread = await one.client.beta.threads.create(**HELLO)
    run = one.client.beta.threads.runs.create_and_poll
    runs = [
        await run(thread_id=thread.id, assistant_id=made.id, poll_interval_ms=5) for _ in range(12)
    ]
    database = one.account.database
    with database.write() as connection:
        connection.execute("UPDATE runs SET status = 'queued', owner = ?", (dead_owner(),))
    taken = await asyncio.gather(
        *(
            asyncio.to_thread(
                adopt, other.account.database, "runs", ("queued",), other.account.owner
            )
            for other in pair
        )
    )
    assert sorted(row["id"] for rows in taken for row in rows) == sorted(done.id for done in runs)
    for other, rows in zip(pair, taken, strict=True):
        assert all(row["owner"] == other.account.owner for row in rows)


async def test_one_of_two_servers_is_killed_at_work(postgres: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        silent = await stack.enter_async_context(
            await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        )
        port = silent.sockets[0].getsockname()[1]
        model = f"--model-url=http://127.0.0.1:{port}/v1"
        started = [serve(stack, postgres, tmp_path, model) for _ in range(2)]
        (killed, first), (_, second) = [(process, await client) for process, client in started]
        made = await first.beta.assistants.create(model="gpt-4o")
        run = await first.beta.threads.create_and_run(assistant_id=made.id, thread=HELLO)
        while run.status == "queued":
            run = await second.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)
        killed.kill()
        async with asyncio.timeout(30):
            found = await second.beta.threads.runs.poll(
                run.id, thread_id=run.thread_id, poll_interval_ms=100
            )
    assert run.status == "in_progress"
    assert found.status == "failed"
    assert found.last_error is not None
    assert "the process that worked on it ended" in found.last_error.message


def serve(
    stack: AsyncExitStack, database: str, folder: Path, *options: str
) -> tuple[subprocess.Popen[str], "Awaitable[openai.AsyncOpenAI]"]:
    """Begin to serve; gives the process, and the client that can be had once it listens."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port=0", f"--database={database}", *options],
        cwd=folder,
        env=clean_environment(folder),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    stack.callback(process.wait)
    stack.callback(process.kill)

    async def client() -> openai.AsyncOpenAI:
        assert process.stdout is not None
        said = await asyncio.to_thread(process.stdout.readline)
        stack.callback(process.stdout.close)
        url = next(word for word in said.split() if word.startswith("http://"))
        opened = openai.AsyncOpenAI(base_url=url, api_key="any", max_retries=0)
        return await stack.enter_async_context(opened)

    return process, client()
