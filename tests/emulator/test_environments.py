"""``/agents/environments`` and the files that are put into them."""

import base64
from typing import Any

import openai
import pytest

from asstctl.emulator import Account
from asstctl.emulator.store.sqlite.database import SqliteDatabase
from emulator.agents import LISBON, WEATHER, reply, sandbox, says, settled


def _inline(path: str, data: bytes = b"text") -> Any:
    return {"type": "inline", "path": path, "data": base64.b64encode(data).decode()}


async def test_a_file_that_is_put_in_is_quoted(client: openai.AsyncOpenAI) -> None:
    agents = client.beta.agents
    made = await agents.sessions.create(
        agent={"model": "m"}, environment=await sandbox(client, a_md=b"nothing")
    )
    environment_id = made.environment.id  # type: ignore[union-attr]
    upload = await client.files.create(file=("x.md", LISBON), purpose="user_data")
    put = await agents.environments.files.create(
        environment_id, type="file_id", file_id=upload.id, path="/workspace/new/lisbon.md"
    )
    assert (put.path, put.size_bytes) == ("/workspace/new/lisbon.md", len(LISBON))
    await client.files.delete(upload.id)
    await agents.sessions.events.create(made.id, events=[says("Where does the tram go?")])
    await settled(client, made.id)
    assert "/workspace/new/lisbon.md:\n> The tram 28" in await reply(client, made.id)
    await agents.environments.files.create(
        environment_id, **_inline("/workspace/new/lisbon.md", b"The tram 12 stands still.")
    )
    await agents.sessions.events.create(made.id, events=[says("Where does the tram go?")])
    await settled(client, made.id)
    said = await reply(client, made.id)
    assert "The tram 12" in said
    assert "The tram 28" not in said


async def test_files_are_listed_by_their_paths(client: openai.AsyncOpenAI) -> None:
    files = client.beta.agents.environments.files
    made = await client.beta.agents.environments.create(
        environment={
            "type": "openai_hosted",
            "files": [
                _inline(f"/workspace/{path}") for path in ("b", "a/z", "a-b", "a/b/c", "a/a")
            ],
        }
    )

    async def listed(**query: Any) -> list[str]:
        page = await files.list(made.id, **query)
        found = [file.path async for file in page]
        return [path.removeprefix("/workspace/") for path in found]

    ordered = ["a/a", "a/b/c", "a/z", "a-b", "b"]
    assert await listed(order="asc") == ordered
    assert await listed() == ordered[::-1]
    assert await listed(order="asc", limit=2) == ordered
    assert await listed(order="asc", limit=1, path="/workspace/a") == ordered[:3]
    with pytest.raises(openai.BadRequestError, match="page"):
        await files.list(made.id, page="nonsense")


async def test_files_are_put_in_between_turns(client: openai.AsyncOpenAI) -> None:
    agents = client.beta.agents
    made = await agents.sessions.create(
        agent={"model": "m", "tools": [WEATHER]},
        environment=await sandbox(client),
        input="Call get_weather",
    )
    await settled(client, made.id)
    with pytest.raises(openai.ConflictError, match="between turns"):
        await agents.environments.files.create(
            made.environment.id,  # type: ignore[union-attr]
            **_inline("/workspace/a"),
        )


async def test_an_environment_that_was_made_before_has_one_session(
    client: openai.AsyncOpenAI,
) -> None:
    agents = client.beta.agents
    made = await agents.environments.create(
        environment={"type": "openai_hosted", "files": [_inline("/workspace/lisbon.md", LISBON)]}
    )
    assert made.status == "connected"
    hosted: Any = {"type": "openai_hosted", "environment_id": made.id}
    session = await agents.sessions.create(
        agent={"model": "m"}, environment=hosted, input="Where does the tram go?"
    )
    await settled(client, session.id)
    assert "The tram 28" in await reply(client, session.id)
    with pytest.raises(openai.ConflictError, match="another session"):
        await agents.sessions.create(agent={"model": "m"}, environment=hosted)
    await agents.sessions.delete(session.id)
    with pytest.raises(openai.NotFoundError, match="No environment found"):
        await agents.environments.retrieve(made.id)


async def test_nothing_of_a_deleted_session_is_kept(
    client: openai.AsyncOpenAI, account: Account
) -> None:
    made = await client.beta.agents.sessions.create(
        agent={"model": "m"}, environment=await sandbox(client, a_md=LISBON), input="The tram?"
    )
    await settled(client, made.id)
    tables = (
        *("environments", "environment_files", "environment_passages"),
        *("sessions", "turns", "session_items"),
    )

    def left() -> list[int]:
        return [len(account.database.rows(f"SELECT * FROM {table}")) for table in tables]

    assert 0 not in left()
    await client.beta.agents.sessions.delete(made.id)
    assert left() == [0] * len(tables)
    if not isinstance(account.database, SqliteDatabase):
        return
    word = "SELECT * FROM environment_passages_text WHERE environment_passages_text MATCH 'tram'"
    assert account.database.rows(word) == []


async def test_what_is_refused(client: openai.AsyncOpenAI) -> None:
    environments = client.beta.agents.environments
    made = await environments.create(environment={"type": "openai_hosted"})
    with pytest.raises(openai.BadRequestError, match="file-x"):
        await environments.files.create(
            made.id, type="file_id", file_id="file-x", path="/workspace/a"
        )
    with pytest.raises(openai.BadRequestError, match="inside /workspace"):
        await environments.files.create(made.id, **_inline("/etc/passwd"))
    with pytest.raises(openai.NotFoundError):
        await environments.files.list("env_x")


async def test_an_environment_whose_upload_is_gone_has_failed(client: openai.AsyncOpenAI) -> None:
    agents = client.beta.agents
    template = await sandbox(client, a_md=b"text")
    [file] = (await client.files.list()).data
    await client.files.delete(file.id)
    made = await agents.environments.create(environment=template)
    assert made.status == "failed"
    with pytest.raises(openai.ConflictError, match="is failed"):
        await agents.environments.files.create(made.id, **_inline("/workspace/a"))
