"""What operators see: health, numbers, the log, and how a server ends."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from asstctl.emulator import Account, open_account, serve
from asstctl.emulator.cors import Cors
from asstctl.emulator.models.base import ModelError
from asstctl.errors import UsageError
from emulator.conftest import sdk, serving
from emulator.scripted import Hang, Script
from real_command import COMMAND, clean_environment


async def test_health_is_told_without_a_key_and_numbers_with_one() -> None:
    async with open_account(None, api_keys=["one", "two"]) as account:
        transport = httpx2.ASGITransport(app=account.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://local") as http:
            for path, status in (("healthz", "ok"), ("readyz", "ready")):
                answer = await http.get(f"/{path}")
                assert (answer.status_code, answer.json()) == (200, {"status": status})
            assert (await http.get("/metrics")).status_code == 401
            for key in ("one", "two"):
                headers = {"authorization": f"Bearer {key}"}
                assert (await http.get("/v1/assistants", headers=headers)).status_code == 200
            numbers = (await http.get("/metrics", headers={"api-key": "two"})).text
            assert 'asstctl_requests_total{method="GET",status="200"} 4' in numbers
            assert 'asstctl_requests_total{method="GET",status="401"} 1' in numbers
            assert "\nasstctl_work_in_progress 0\n" in numbers
            await account.worker.halt()
            assert (await http.get("/readyz")).status_code == 503
            assert (await http.get("/healthz")).status_code == 200


async def test_a_failed_run_is_told_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    script = Script([[ModelError("no such key", "server_error")], ["Fine"]])
    async with open_account(None, model=script.upstream) as account, sdk(account) as client:
        made = await client.beta.assistants.create(model="gpt-4o")
        thread = await client.beta.threads.create()
        runs = client.beta.threads.runs
        with caplog.at_level(logging.INFO, "asstctl.operation"):
            failed = await runs.create_and_poll(
                thread_id=thread.id, assistant_id=made.id, poll_interval_ms=1
            )
        told = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert [record.getMessage() for record in told] == [
            f"run {failed.id} failed: server_error: no such key"
        ]
        asked = [record for record in caplog.records if record.levelno == logging.INFO]
        assert f"POST /v1/threads/{thread.id}/runs → 200 · " in asked[0].getMessage()
        await runs.create_and_poll(thread_id=thread.id, assistant_id=made.id, poll_interval_ms=1)
        numbers = account.operation.numbers({})
        assert 'asstctl_work_total{kind="run",outcome="completed"} 1' in numbers
        assert 'asstctl_work_total{kind="run",outcome="failed"} 1' in numbers


SERVER = """
import asyncio, sys
from asstctl.emulator import open_account, serve
from emulator.scripted import Hang, Script

async def main():
    model = Script([["One", Hang()]]).upstream
    async with open_account(None, model=model) as account:
        await serve(account, "127.0.0.1", 0, on_listening=lambda url: print(url, flush=True))

asyncio.run(main())
"""


async def test_a_signal_ends_open_streams_with_an_event() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SERVER,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    events: list[Any] = []
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as client:
        made = await client.beta.assistants.create(model="gpt-4o")
        async with client.beta.threads.create_and_run_stream(assistant_id=made.id) as stream:
            async for event in stream:
                events.append(event)
                if event.event == "thread.message.delta":
                    process.send_signal(signal.SIGTERM)
    _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
    assert events[-1].event == "thread.run.failed"
    assert events[-1].data.last_error.message.startswith("This was interrupted: ")


async def test_nothing_is_said_when_a_listener_leaves(caplog: pytest.LogCaptureFixture) -> None:
    script = Script([["One", Hang()]])
    async with open_account(None, model=script.upstream) as account, serving(account) as url:
        async with httpx2.AsyncClient(base_url=f"{url}/v1") as http:
            made = (await http.post("/assistants", json={"model": "gpt-4o"})).json()["id"]
        body = json.dumps({"assistant_id": made, "thread": {}, "stream": True})
        head = f"POST /v1/threads/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}"
        host, _, port = url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"{head}\r\n\r\n{body}".encode())
        await reader.readuntil(b"thread.message.delta")
        raw = writer.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        await asyncio.sleep(0)  # the connection is reset now, and the server does not know it yet
        (row,) = account.database.rows("SELECT id FROM runs")
        account.worker.bus.publish(row["id"], *[("more", {"text": "x"})] * 50)
        while account.worker.bus.listeners:
            await asyncio.sleep(0.01)
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


async def test_what_a_restart_interrupted_says_so(tmp_path: Path) -> None:
    script = Script([["One", Hang()]])
    path = tmp_path / "a.db"
    async with open_account(path, model=script.upstream) as account, sdk(account) as client:
        made = await client.beta.assistants.create(model="gpt-4o")
        run = await client.beta.threads.create_and_run(assistant_id=made.id)
        await script.reached.wait()
    async with open_account(path) as account, sdk(account) as client:
        found = await client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)
        assert found.status == "failed"
        assert found.last_error is not None
        assert found.last_error.message.startswith("This was interrupted: ")


@pytest.mark.parametrize("style", ["text", "json"])
def test_the_log_of_the_command(tmp_path: Path, style: str) -> None:
    process = subprocess.Popen(
        [
            *COMMAND,
            "-v",
            "serve",
            "--port=0",
            "--key-env=A",
            "--key-env=B",
            f"--log-format={style}",
        ],
        cwd=tmp_path,
        env=clean_environment(tmp_path, {"A": "first-key-123", "B": "second-key-456"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    url = next(word for word in process.stdout.readline().split() if word.startswith("http://"))
    with httpx2.Client(base_url=url, headers={"api-key": "second-key-456"}) as http:
        assert http.get("/%1b[2J/second-key-456").status_code == 404
    process.terminate()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    (line,) = said.splitlines()
    assert "second-key-456" not in line
    assert "\x1b" not in line
    if style == "json":
        told = json.loads(line)
        assert (told["event"], told["status"], told["level"]) == ("request", 404, "info")
    else:
        assert " GET /" in line
        assert " → 404 · " in line


async def test_pages_of_a_chosen_origin_may_use_it_with_a_key() -> None:
    ours, other = "http://localhost:3000", "http://localhost:3001"
    asks = {"access-control-request-method": "POST", "access-control-request-headers": "x-a"}
    async with open_account(None, api_keys=["k"]) as account:
        transport = httpx2.ASGITransport(app=Cors(account.app, [ours]))
        async with httpx2.AsyncClient(transport=transport, base_url="http://local") as http:
            asked = await http.options("/v1/threads", headers={"origin": ours} | asks)
            assert (asked.status_code, asked.headers["access-control-allow-headers"]) == (
                204,
                "x-a",
            )
            refused = await http.post("/v1/threads", headers={"origin": ours})
            made = await http.post("/v1/threads", headers={"origin": ours, "api-key": "k"})
            assert (refused.status_code, made.status_code) == (401, 200)
            for answer in (asked, refused, made):
                assert answer.headers["access-control-allow-origin"] == ours
                assert answer.headers["vary"] == "origin"
            for answer in (
                await http.options("/v1/threads", headers={"origin": other} | asks),
                await http.post("/v1/threads", headers={"origin": other, "api-key": "k"}),
            ):
                assert "access-control-allow-origin" not in answer.headers


async def test_pages_are_not_let_in_without_a_key() -> None:
    async with open_account(None) as account:
        with pytest.raises(UsageError, match="web pages"):
            await serve(account, "127.0.0.1", 0, cors=["http://a"], on_listening=lambda _: None)


async def test_what_backups_hold_is_taken(account: Account, client: openai.AsyncOpenAI) -> None:
    tool: Any = {
        "type": "file_search",
        "file_search": {"max_num_results": 20, "hybrid_search": None},
    }
    made = await client.beta.assistants.create(model="gpt-4o", tools=[tool])
    thread = await client.beta.threads.create()
    run = await client.beta.threads.runs.create(
        thread.id, assistant_id=made.id, truncation_strategy={"type": "auto", "last_messages": 1}
    )
    assert run.truncation_strategy is not None
    assert run.truncation_strategy.last_messages == 1
    tool["file_search"]["hybrid_search"] = {}
    with pytest.raises(openai.BadRequestError):
        await client.beta.assistants.create(model="gpt-4o", tools=[tool])


CROWDED = """
import asyncio, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (80, 80))
from asstctl.emulator import connections, open_account, serve
connections.HEADER_SECONDS = 1

async def main():
    async with open_account(None) as account:
        await serve(account, "127.0.0.1", 0, on_listening=lambda url: print(url, flush=True))

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
async def test_half_requests_take_no_room_for_ever() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        CROWDED,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    host, _, port = url.removeprefix("http://").partition(":")
    crowd = [await asyncio.open_connection(host, int(port)) for _ in range(150)]
    with contextlib.suppress(OSError):
        for _, writer in crowd:
            writer.write(b"GET /v1/assistants HTTP/1.1\r\nHost: ")
    for reader, _ in crowd:  # each is closed, sooner or later
        with contextlib.suppress(OSError):
            assert await reader.read() == b""
    async with httpx2.AsyncClient(base_url=url) as http:
        assert (await http.get("/healthz")).status_code == 200
    for _, writer in crowd:
        writer.close()
    process.send_signal(signal.SIGTERM)
    _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
