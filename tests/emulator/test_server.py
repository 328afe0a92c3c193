"""The account on a socket: streams that arrive as they are made, many clients, and a clean end."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from asstctl.emulator import open_account, serve
from asstctl.emulator.server import listen
from asstctl.errors import AsstctlError, UsageError
from emulator.conftest import serving
from emulator.scripted import Hang, Script


def _client(url: str, **options: Any) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0, **options)


async def test_deltas_arrive_while_the_model_still_speaks() -> None:
    script = Script([["One", " two", Hang()]])
    async with (
        open_account(None, model=script.upstream) as account,
        serving(account) as url,
        _client(url) as client,
    ):
        made = await client.beta.assistants.create(model="gpt-4o")
        thread = await client.beta.threads.create(messages=[{"role": "user", "content": "Count"}])
        text, names = "", []
        async with client.beta.threads.runs.stream(
            thread_id=thread.id, assistant_id=made.id
        ) as stream:
            async for event in stream:
                names.append(event.event)
                if event.event == "thread.message.delta":
                    text += event.data.delta.content[0].text.value  # type: ignore[index,union-attr,operator]
                    if text == "One two":
                        run = stream.current_run
                        assert run is not None
                        await client.beta.threads.runs.cancel(run.id, thread_id=thread.id)
        assert names == [
            "thread.run.created",
            "thread.run.queued",
            "thread.run.in_progress",
            "thread.run.step.created",
            "thread.run.step.in_progress",
            "thread.message.created",
            "thread.message.in_progress",
            "thread.message.delta",
            "thread.message.delta",
            "thread.run.cancelling",
            "thread.message.incomplete",
            "thread.run.step.cancelled",
            "thread.run.cancelled",
        ]


async def test_a_run_goes_on_when_its_listener_leaves() -> None:
    script = Script([["One"] * 500])
    async with (
        open_account(None, model=script.upstream) as account,
        serving(account) as url,
        _client(url) as client,
    ):
        made = await client.beta.assistants.create(model="gpt-4o")
        async with client.beta.threads.create_and_run_stream(assistant_id=made.id) as stream:
            async for event in stream:
                if event.event == "thread.run.created":
                    run = event.data
                    break
        polled = await client.beta.threads.runs.poll(
            run_id=run.id, thread_id=run.thread_id, poll_interval_ms=5
        )
        assert polled.status == "completed"


async def test_polls_are_told_when_to_come_back() -> None:
    async with open_account(None) as account, serving(account) as url, _client(url) as client:
        made = await client.beta.assistants.create(model="gpt-4o")
        run = await client.beta.threads.create_and_run(assistant_id=made.id)
        raw = await client.beta.threads.runs.with_raw_response.retrieve(
            run.id, thread_id=run.thread_id
        )
        assert int(raw.headers["openai-poll-after-ms"]) <= 100


async def test_azure_clients() -> None:
    async with open_account(None, api_keys=["k"]) as account, serving(account) as url:
        async with openai.AsyncAzureOpenAI(
            azure_endpoint=url, api_key="k", api_version="2024-05-01-preview"
        ) as client:
            made = await client.beta.assistants.create(model="gpt-4o")
            assert (await client.beta.assistants.retrieve(made.id)).id == made.id
        async with openai.AsyncAzureOpenAI(
            azure_endpoint=url, api_key="wrong", api_version="2024-05-01-preview", max_retries=0
        ) as client:
            with pytest.raises(openai.AuthenticationError):
                await client.beta.assistants.list()


async def test_fifty_clients_at_once(tmp_path: Path) -> None:
    async with open_account(tmp_path / "a.db") as account, serving(account) as url:
        limits = httpx2.Limits(max_connections=50)
        async with httpx2.AsyncClient(base_url=f"{url}/v1", limits=limits, timeout=30) as http:
            made = (await http.post("/assistants", json={"model": "gpt-4o"})).json()["id"]

            async def talk(number: int) -> tuple[str, int]:
                thread = (await http.post("/threads")).json()["id"]
                for turn in range(2):
                    body = {"role": "user", "content": f"{number}.{turn}"}
                    assert (
                        await http.post(f"/threads/{thread}/messages", json=body)
                    ).status_code == 200
                    run = (
                        await http.post(f"/threads/{thread}/runs", json={"assistant_id": made})
                    ).json()
                    while run["status"] in {"queued", "in_progress"}:
                        await asyncio.sleep(0.02)
                        run = (await http.get(f"/threads/{thread}/runs/{run['id']}")).json()
                messages = (await http.get(f"/threads/{thread}/messages")).json()["data"]
                return run["status"], len(messages)

            results = await asyncio.gather(*(talk(number) for number in range(50)))
    assert set(results) == {("completed", 4)}


async def test_a_key_is_needed_where_others_can_reach_it() -> None:
    async with open_account(None) as account:
        with pytest.raises(UsageError, match=r"refusing to serve on 0\.0\.0\.0 without a key"):
            await serve(account, "0.0.0.0", 0, on_listening=lambda _: None)


async def test_other_names_for_this_machine_are_refused_without_a_key() -> None:
    async with (
        open_account(None) as account,
        serving(account) as url,
        httpx2.AsyncClient() as http,
    ):
        for host, status in (("evil.example:80", 403), ("[::1", 403), ("localhost:1234", 200)):
            answer = await http.get(f"{url}/v1/models", headers={"host": host})
            assert answer.status_code == status


async def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with open_account(None) as account:
            with pytest.raises(AsstctlError, match=rf"cannot listen on 127\.0\.0\.1:{port}"):
                await serve(account, "127.0.0.1", port, on_listening=lambda _: None)


def test_answers_leave_at_once() -> None:
    with (
        listen("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as connection,
    ):
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


SERVER = """
import asyncio
from asstctl.emulator import open_account, serve
from asstctl.emulator.server import listen

async def main():
    async with open_account(None) as account:
        await serve(account, "127.0.0.1", 0, on_listening=lambda url: print(url, flush=True))
    print("closed", flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_in_peace(number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SERVER,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    assert (await process.stdout.readline()).startswith(b"http://127.0.0.1:")
    process.send_signal(number)
    out, _ = await process.communicate()
    assert (process.returncode, out) == (0, b"closed\n")


async def test_open_streams_do_not_keep_it_from_closing() -> None:
    script = Script([["One", Hang()]])
    async with open_account(None, model=script.upstream) as account:
        async with serving(account) as url, _client(url) as client:
            made = await client.beta.assistants.create(model="gpt-4o")
            run = await client.beta.threads.create_and_run(assistant_id=made.id)
            await script.reached.wait()
            assert run.status == "queued"
        with pytest.raises(httpx2.ConnectError):
            async with httpx2.AsyncClient() as http:
                await http.get(url)
