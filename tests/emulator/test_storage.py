"""What survives: restarts, other processes, and a process that is killed."""

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import openai
import pytest

from asstctl.emulator import indexer, open_account
from asstctl.emulator.runs.work import RunWork
from asstctl.emulator.store import indexing
from asstctl.emulator.store.collections import RUNS, decode
from asstctl.emulator.store.connect import connect
from asstctl.emulator.store.database import UnavailableError, UnreachableError, UnwritableError
from asstctl.emulator.store.sqlite.peers import SqlitePeers
from asstctl.emulator.store.sqlite.schema import APPLICATION_ID, MIGRATIONS
from asstctl.emulator.store.vectors import save_file
from asstctl.emulator.work import worker
from asstctl.errors import AsstctlError
from emulator.conftest import Clock, sdk
from emulator.dead import dead_owner
from emulator.scripted import Hang, Script


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "account.db"


async def test_everything_is_there_after_a_restart(kept: Path | str, clock: Clock) -> None:
    async with open_account(kept, clock=clock) as account, sdk(account) as client:
        file = await client.files.create(file=("a.md", b"the castle"), purpose="assistants")
        store = await client.vector_stores.create(file_ids=[file.id])
        made = await client.beta.assistants.create(
            model="gpt-4o",
            tools=[{"type": "file_search"}],
            tool_resources={"file_search": {"vector_store_ids": [store.id]}},
        )
    async with open_account(kept, clock=clock) as account, sdk(account) as client:
        assert await client.beta.assistants.retrieve(made.id) == made
        await account.indexer.settled((store.id,))
        run = await client.beta.threads.create_and_run_poll(
            assistant_id=made.id,
            thread={"messages": [{"role": "user", "content": "castle?"}]},
            poll_interval_ms=5,
        )
        messages = await client.beta.threads.messages.list(run.thread_id)
        assert "the castle" in messages.data[0].content[0].text.value  # type: ignore[union-attr]


async def test_only_the_owner_may_read_the_file(path: Path) -> None:
    async with open_account(path) as account, sdk(account) as client:
        await client.beta.threads.create()
        modes = {item.name: stat.S_IMODE(item.stat().st_mode) for item in path.parent.iterdir()}
    assert set(modes) == {"account.db", "account.db-wal", "account.db-shm"}
    assert set(modes.values()) == {0o600}


async def test_a_full_disk_is_told_and_passes(path: Path) -> None:
    async with open_account(path) as account, sdk(account) as client:
        pages = account.database.row("PRAGMA page_count")
        assert pages is not None
        account.database.row(f"PRAGMA max_page_count = {pages['page_count'] + 1}")
        with pytest.raises(openai.InternalServerError) as failed:
            await client.files.create(file=("a.md", bytes(100_000)), purpose="assistants")
        account.database.row("PRAGMA max_page_count = 1000000")
        made = await client.files.create(file=("a.md", bytes(100_000)), purpose="assistants")
        assert [file.id async for file in client.files.list()] == [made.id]

    assert failed.value.status_code == 507
    assert "cannot be written" in str(failed.value)


def failing_first(write: Any, errors: list[Any]) -> Any:
    """Raise each of these errors before something is written; more may be added meanwhile."""

    def written(*given: Any, **named: Any) -> Any:
        if errors:
            raise errors.pop()
        return write(*given, **named)

    return written


async def test_a_file_is_indexed_once_the_account_can_be_written_again(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    full = [UnwritableError("No space left on device"), UnreachableError("no server")]
    monkeypatch.setattr(indexing, "finish", failing_first(indexing.finish, full))
    monkeypatch.setattr(indexer, "_AGAIN_SECONDS", 0)
    async with open_account(path) as account, sdk(account) as client:
        file = await client.files.create(file=("a.md", b"The castle."), purpose="assistants")
        store = await client.vector_stores.create(file_ids=[file.id])
        await account.indexer.settled((store.id,))
        assert (await client.vector_stores.retrieve(store.id)).file_counts.completed == 1
        read = await client.vector_stores.files.content(file.id, vector_store_id=store.id)
        assert [part.text async for part in read] == ["The castle."]

    told = "The account's database does not answer: no server."
    assert caplog.messages == [f"file {file.id} waits to be indexed: {told}"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            UnwritableError("No space left on device"),
            "The local account cannot be written: No space left on device.",
        ),
        (
            UnreachableError("connection refused"),
            "The account's database does not answer: connection refused.",
        ),
    ],
)
async def test_a_run_that_cannot_be_written_down_says_so(
    path: Path, monkeypatch: pytest.MonkeyPatch, error: UnavailableError, told: str
) -> None:
    errors = [error] * 2

    def counted(*_: Any) -> None:
        errors.extend([error] * 2)
        raise errors.pop()

    monkeypatch.setattr(worker, "_AGAIN_SECONDS", 0)
    monkeypatch.setattr(RunWork, "begin", failing_first(RunWork.begin, errors))
    monkeypatch.setattr(RunWork, "fail", failing_first(RunWork.fail, errors))
    monkeypatch.setattr(RunWork, "count", counted)
    async with open_account(path) as account, sdk(account) as client:
        made = await client.beta.assistants.create(model="gpt-4o")
        run = await client.beta.threads.create_and_run_poll(
            assistant_id=made.id, poll_interval_ms=5
        )

    assert run.last_error is not None
    assert (run.status, run.last_error.code) == ("failed", "server_error")
    assert run.last_error.message == told
    assert errors == []


@pytest.mark.parametrize("left", ["in_progress", "cancelling"])
async def test_what_a_dead_process_left_is_ended_once_that_can_be_written(
    path: Path, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    errors: list[Any] = []
    monkeypatch.setattr(worker, "_AGAIN_SECONDS", 0)
    monkeypatch.setattr(RunWork, "fail", failing_first(RunWork.fail, errors))
    monkeypatch.setattr(RunWork, "settle", failing_first(RunWork.settle, errors))
    async with open_account(path) as account, sdk(account) as client:
        made = await client.beta.assistants.create(model="gpt-4o")
        run = await client.beta.threads.create_and_run_poll(
            assistant_id=made.id, poll_interval_ms=5
        )
        with account.database.write() as connection:
            connection.execute(
                "UPDATE runs SET status = ?, owner = ?, body = json_set(body, '$.status', ?)",
                (left, dead_owner(), left),
            )
        errors.extend([UnreachableError("connection refused")] * 2)
        account.adopt()
        found = await client.beta.threads.runs.poll(
            run.id, thread_id=run.thread_id, poll_interval_ms=5
        )

    assert found.status == {"in_progress": "failed", "cancelling": "cancelled"}[left]
    assert errors == []


async def test_a_newer_file_is_refused(path: Path) -> None:
    async with open_account(path):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(AsstctlError, match="written by a newer asstctl"):
        async with open_account(path):
            pass


async def test_other_files_are_refused_and_left_alone(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(AsstctlError, match="cannot read the local account"):
        async with open_account(path):
            pass
    assert path.read_bytes().startswith(b"not a database")
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE diary (text)")
    connection.close()
    with pytest.raises(AsstctlError, match="not a local account"):
        async with open_account(other):
            pass
    with pytest.raises(AsstctlError, match="cannot open the local account"):
        async with open_account(tmp_path):
            pass


async def test_two_processes_share_an_account(kept: Path | str, clock: Clock) -> None:
    async with (
        open_account(kept, clock=clock) as one,
        open_account(kept, clock=clock) as two,
        sdk(one) as first,
        sdk(two) as second,
    ):
        made = await first.beta.assistants.create(model="gpt-4o")
        assert (await second.beta.assistants.retrieve(made.id)).id == made.id

        async def create(client: object, number: int) -> None:
            await (first if number % 2 else second).beta.assistants.create(model=f"m{number}")

        await asyncio.gather(*(create(None, number) for number in range(40)))
        listed = await first.beta.assistants.list(limit=100)
        assert {item.model for item in listed.data} == {"gpt-4o", *(f"m{n}" for n in range(40))}


async def test_a_run_is_cancelled_from_another_process(kept: Path | str, clock: Clock) -> None:
    script = Script([["Hm.", Hang()]])
    async with (
        open_account(kept, clock=clock, model=script.upstream) as one,
        open_account(kept, clock=clock) as two,
        sdk(one) as first,
        sdk(two) as second,
    ):
        made = await first.beta.assistants.create(model="gpt-4o")
        run = await first.beta.threads.create_and_run(assistant_id=made.id)
        await script.reached.wait()
        runs = second.beta.threads.runs
        await runs.cancel(run.id, thread_id=run.thread_id)
        one.adopt()  # as it does every few seconds; in PostgreSQL it was told meanwhile
        ended = await runs.poll(run.id, thread_id=run.thread_id, poll_interval_ms=5)
        assert ended.status == "cancelled"
        assert one.worker.busy == 0


async def test_a_cancelled_run_of_a_process_that_stands_still_passes_away(
    kept: Path | str, clock: Clock
) -> None:
    async with open_account(kept, clock=clock) as account, sdk(account) as client:
        made = await client.beta.assistants.create(model="gpt-4o")
        run = await client.beta.threads.create_and_run_poll(
            assistant_id=made.id, thread={}, poll_interval_ms=5
        )
        still = "another-host:1:1:abcdef01"
        with account.database.write() as connection:
            body = decode(RUNS.get_row(account.database, run.id)["body"])
            body |= {"status": "cancelling", "expires_at": int(clock.now) + 600}
            RUNS.save(
                connection, body, status="cancelling", owner=still, expires_at=int(clock.now) + 600
            )
        clock.advance(600)
        runs = client.beta.threads.runs
        assert (await runs.retrieve(run.id, thread_id=run.thread_id)).status == "cancelled"


async def test_outputs_may_arrive_in_another_process(kept: Path | str, clock: Clock) -> None:
    async with open_account(kept, clock=clock) as account, sdk(account) as client:
        made = await client.beta.assistants.create(
            model="gpt-4o", tools=[{"type": "function", "function": {"name": "add"}}]
        )
        run = await client.beta.threads.create_and_run_poll(
            assistant_id=made.id,
            thread={"messages": [{"role": "user", "content": "add"}]},
            poll_interval_ms=5,
        )
        assert run.required_action is not None
        call = run.required_action.submit_tool_outputs.tool_calls[0]
    async with open_account(kept, clock=clock) as account, sdk(account) as client:
        run = await client.beta.threads.runs.submit_tool_outputs_and_poll(
            run_id=run.id,
            thread_id=run.thread_id,
            tool_outputs=[{"tool_call_id": call.id, "output": "5"}],
            poll_interval_ms=5,
        )
        assert run.status == "completed"


async def test_a_closed_account_fails_what_it_had_in_progress(path: Path, clock: Clock) -> None:
    script = Script([["Hm.", Hang()]])
    async with (
        open_account(path, clock=clock, model=script.upstream) as account,
        sdk(account) as client,
    ):
        made = await client.beta.assistants.create(model="gpt-4o")
        run = await client.beta.threads.create_and_run(assistant_id=made.id)
        await script.reached.wait()
    async with open_account(path, clock=clock) as account, sdk(account) as client:
        run = await client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)
        assert run.last_error is not None
        assert run.last_error.message.startswith(
            "This was interrupted: the local account was closed "
        )
        messages = await client.beta.threads.messages.list(run.thread_id)
        assert messages.data[0].content[0].text.value == "Hm."  # type: ignore[union-attr]


def _orphan(kept: Path | str, status: str, begun: int = 0) -> None:
    """Rewrite the account as if its process had been killed in the middle of its work."""
    dead = dead_owner()
    database = connect(kept)
    with database.write() as connection:
        for row in database.rows("SELECT body, expires_at FROM runs"):
            body = decode(row["body"]) | {"status": status, "expires_at": row["expires_at"]}
            RUNS.save(connection, body, status=status, owner=dead)
        for row in database.rows("SELECT body FROM store_files"):
            body = decode(row["body"]) | {"status": "in_progress"}
            save_file(connection, body, owner=dead, begun=begun)
    database.close()


@pytest.mark.parametrize(
    ("left", "found"),
    [("queued", "completed"), ("in_progress", "failed"), ("cancelling", "cancelled")],
)
async def test_the_work_of_a_dead_process_is_taken_up(
    kept: Path | str, clock: Clock, left: str, found: str
) -> None:
    async with open_account(kept, clock=clock) as account, sdk(account) as client:
        file = await client.files.create(file=("a.md", b"the castle"), purpose="assistants")
        store = await client.vector_stores.create(file_ids=[file.id])
        await account.indexer.settled((store.id,))
        made = await client.beta.assistants.create(model="gpt-4o")
        run = await client.beta.threads.create_and_run_poll(
            assistant_id=made.id,
            thread={"messages": [{"role": "user", "content": "Hi"}]},
            poll_interval_ms=5,
        )
    _orphan(kept, left)
    async with open_account(kept, clock=clock) as account, sdk(account) as client:
        run = await client.beta.threads.runs.poll(
            run_id=run.id, thread_id=run.thread_id, poll_interval_ms=5
        )
        assert run.status == found
        await account.indexer.settled((store.id,))
        assert len(account.database.rows("SELECT * FROM passages")) == 1


def test_a_closed_account_is_no_peer_any_more(kept: Path | str) -> None:
    with closing(connect(kept)) as database:
        other = connect(kept)
        owner = other.peers.join()
        database.peers.join()
        assert database.peers.is_alive(owner)
        other.close()
        while database.peers.is_alive(owner):  # until the server has noticed
            time.sleep(0.01)
    assert "asstctl-peers" not in {thread.name for thread in threading.enumerate()}


def test_owners() -> None:
    peers = SqlitePeers()
    mine = peers.join()
    assert peers.is_alive(mine)
    peers.leave()
    assert not peers.is_alive(mine)
    assert peers.is_alive("another-host:1:1:abcd")
    host, pid, start, token = peers.join().rsplit(":", 3)
    assert not peers.is_alive(f"{host}:{pid}:other{start}:{token}")


WRITER = """
import asyncio, sys
from pathlib import Path
from typing import Any
import httpx2
from asstctl.emulator import indexer, open_account

async def main():
    place = sys.argv[1]
    async with open_account(place if place.startswith("postgres") else Path(place)) as account:
        transport = httpx2.ASGITransport(app=account.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://local") as http:
            thread = (await http.post("/threads")).json()["id"]
            print(thread, flush=True)
            while True:
                body = {"role": "user", "content": "x" * 2000}
                answer = (await http.post(f"/threads/{thread}/messages", json=body)).json()
                print(answer["id"], flush=True)

asyncio.run(main())
"""


async def test_a_killed_process_loses_no_acknowledged_write(kept: Path | str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(kept)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(60)]
    process.send_signal(signal.SIGKILL)
    acknowledged += [line.strip() for line in process.stdout.readlines() if line.endswith("\n")]
    process.stdout.close()
    process.wait()
    thread, *messages = acknowledged
    async with open_account(kept) as account, sdk(account) as client:
        found = [item.id async for item in client.beta.threads.messages.list(thread, limit=100)]
        assert set(messages) <= set(found)
        if isinstance(kept, Path):
            assert account.database.row("PRAGMA integrity_check")["integrity_check"] == "ok"  # type: ignore[index]


async def test_a_file_that_ends_its_process_is_given_up(kept: Path | str, clock: Clock) -> None:
    async with open_account(kept, clock=clock) as account, sdk(account) as client:
        file = await client.files.create(file=("a.md", b"the castle"), purpose="assistants")
        store = await client.vector_stores.create(file_ids=[file.id])
        await account.indexer.settled((store.id,))
    for begun, found in ((1, "completed"), (2, "failed")):
        _orphan(kept, "queued", begun)
        async with open_account(kept, clock=clock) as account, sdk(account) as client:
            await account.indexer.settled((store.id,))
            shown = await client.vector_stores.files.retrieve(file.id, vector_store_id=store.id)
            assert shown.status == found
    assert shown.last_error is not None
    assert "begun twice" in shown.last_error.message


async def test_a_file_of_an_older_version_is_brought_up_to_date(path: Path) -> None:
    """What the first version wrote, and nothing of the later scripts."""
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.executescript(MIGRATIONS[0])
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    body = '{"id": "thread_old", "object": "thread", "created_at": 1, "metadata": {}}'
    connection.execute("INSERT INTO threads (id, body) VALUES ('thread_old', ?)", (body,))
    connection.commit()
    connection.close()
    for _ in range(2):
        async with open_account(path) as account, sdk(account) as client:
            await client.beta.agents.create(model="gpt-4o")
            assert (await client.beta.threads.retrieve("thread_old")).created_at == 1
    async with open_account(path) as account, sdk(account) as client:
        assert len((await client.beta.agents.list()).data) == 2


async def test_passages_of_an_older_version_are_indexed_anew(path: Path, clock: Clock) -> None:
    async with open_account(path, clock=clock) as account, sdk(account) as client:
        store = await client.vector_stores.create()
        await client.vector_stores.files.upload_and_poll(
            vector_store_id=store.id, file=("zh.md", "退款将在三十天内处理。".encode())
        )
    connection = sqlite3.connect(path)
    connection.executescript(_WITHOUT_PAIRS)
    connection.commit()
    connection.close()
    async with open_account(path, clock=clock) as account, sdk(account) as client:
        found = (await client.vector_stores.search(store.id, query="退款")).data
        assert [item.filename for item in found] == ["zh.md"]
        await client.vector_stores.delete(store.id)
        check = "INSERT INTO passages_text(passages_text) VALUES ('integrity-check')"
        with account.database.write() as writing:
            writing.execute(check)


_WITHOUT_PAIRS = """
DROP TABLE passage_vectors; DROP TABLE embedders;
DROP TRIGGER passages_added; DROP TRIGGER passages_removed; DROP TABLE passages_text;
ALTER TABLE passages DROP COLUMN pairs; ALTER TABLE store_files DROP COLUMN begun;
ALTER TABLE blobs DROP COLUMN bucket;
DROP TRIGGER environment_passages_added; DROP TRIGGER environment_passages_removed;
DROP TABLE environment_passages_text;
ALTER TABLE environment_passages DROP COLUMN pairs;
CREATE VIRTUAL TABLE passages_text USING fts5(
  text, content='passages', content_rowid='seq', tokenize='porter unicode61 remove_diacritics 2'
);
INSERT INTO passages_text(passages_text) VALUES ('rebuild');
CREATE TRIGGER passages_added AFTER INSERT ON passages BEGIN SELECT 1; END;
CREATE TRIGGER passages_removed AFTER DELETE ON passages BEGIN SELECT 1; END;
CREATE TABLE environment_passages_text (text TEXT);
CREATE TRIGGER environment_passages_added AFTER INSERT ON passages BEGIN SELECT 1; END;
CREATE TRIGGER environment_passages_removed AFTER DELETE ON passages BEGIN SELECT 1; END;
PRAGMA user_version = 5;
"""
