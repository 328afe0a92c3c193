"""Every field of every answer with a value that has no business there: read, or told as garbage.

The fields are those of real answers of the local account, so that a new field is swept too.
"""

import asyncio
import io
import json
import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any

import httpx2
import pytest

from asstctl.emulator import open_account
from asstctl.model.actual import assistant_fingerprint, store_fingerprint
from asstctl.model.assistant import AssistantSpec
from asstctl.model.canonical import canonical_assistant, canonical_environment, canonical_store
from asstctl.model.environment import EnvironmentFile
from asstctl.model.json import canonical_json
from asstctl.model.stamp import Stamp
from asstctl.model.template_name import TemplateName
from asstctl.remote.agents.decode import read_agent
from asstctl.remote.agents.encode import agent_body
from asstctl.remote.agents.templates import read_template, template_body
from asstctl.remote.assistants import decode_runs
from asstctl.remote.assistants.decode_objects import read_assistant
from asstctl.remote.assistants.encode_objects import assistant_body
from asstctl.remote.storage.decode import read_store, read_store_file, read_upload
from asstctl.remote.storage.encode import store_body
from asstctl.remote.storage.smoke import model_owners
from asstctl.sync.ports import (
    AccountError,
    RemoteAssistant,
    RemoteEnvironment,
    RemoteFile,
    RemoteStore,
)
from support.agent_strategies import FULLEST, FULLEST_TEMPLATE

Path = tuple[str | int, ...]
Answers = dict[str, Any]
Read = Callable[[Any], object]
BARE = AssistantSpec(model="gpt-5")


def _nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [{"a": value}]
    return value


WRONG: dict[str, Any] = {
    "null": None,
    "true": True,
    "nought": 0,
    "below nought": -1,
    "half": 0.5,
    "digits without end": 10**400,
    "1e999": math.inf,
    "-1e999": -math.inf,
    "NaN": math.nan,
    "no text": "",
    "a text": "x",
    "half a character": "\ud800",
    "controls": "\x1b[2J\r\n\u202e\u2028\x00",
    "no list": [],
    "a list of everything": [None, True, 10**400, "\ud800", [], {}, {"id": []}],
    "no object": {},
    "an object": {"id": 1, "type": "function", "function": {"name": None}},
    "deep": _nested(75),
}


async def _answers() -> Answers:
    """One real answer for every reader, as full as the local account makes them."""
    async with (
        open_account(None) as account,
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=account.app), base_url="http://local/v1"
        ) as http,
    ):

        async def send(method: str, path: str, **options: Any) -> Any:
            answer = await http.request(method, path, **options)
            assert answer.is_success, answer.text
            return answer.json()

        async def upload(name: str, content: bytes) -> str:
            file = (name, io.BytesIO(content), "text/plain")
            body = {"purpose": "assistants"}
            return str((await send("POST", "/files", data=body, files={"file": file}))["id"])

        good = await upload("docs.md", b"# Lisbon\n\nTake the yellow tram 28 to the castle.\n")
        bad = await upload("bad.md", b"\xff\xfe\x00\xd8\xff")
        store = await send("POST", "/vector_stores", json=_STORE)
        batch = {"files": [{"file_id": good, **_CUT}, {"file_id": bad}]}
        await send("POST", f"/vector_stores/{store['id']}/file_batches", json=batch)
        resources = {
            "code_interpreter": {"file_ids": [good]},
            "file_search": {"vector_store_ids": [store["id"]]},
        }
        body = {**_ASSISTANT, "tool_resources": resources}
        assistant = await send("POST", "/assistants", json=body)

        async def finished(path: str) -> Any:
            while (run := await send("GET", path))["status"] in ("queued", "in_progress"):
                await asyncio.sleep(0.01)
            return run

        async def ask(prompt: str, **options: Any) -> tuple[str, Any]:
            messages = [{"role": "user", "content": prompt}]
            body = {"messages": messages, "tool_resources": resources}
            thread = await send("POST", "/threads", json=body)
            body = {"assistant_id": assistant["id"], **options}
            run = await send("POST", f"/threads/{thread['id']}/runs", json=body)
            path = f"/threads/{thread['id']}"
            return path, await finished(f"{path}/runs/{run['id']}")

        thread, run = await ask("Which tram goes to the castle?", response_format="auto")
        called, waiting = await ask("Call get_order.", tool_choice=_CALL)
        outputs = [
            {"tool_call_id": call["id"], "output": "sent"}
            for call in waiting["required_action"]["submit_tool_outputs"]["tool_calls"]
        ]
        path = f"{called}/runs/{waiting['id']}"
        await send("POST", f"{path}/submit_tool_outputs", json={"tool_outputs": outputs})
        await finished(path)
        files = await send("GET", f"/vector_stores/{store['id']}/files")
        messages = await send("GET", f"{thread}/messages")
        sandbox = replace(FULLEST_TEMPLATE, files=(EnvironmentFile(good, "/workspace/docs.md"),))
        template = template_body(sandbox, creates=True)
        return {
            "assistant": assistant,
            "agent": await send("POST", "/agents", json=agent_body(FULLEST), headers=_BETA),
            "template": await send("POST", _TEMPLATES, json=template, headers=_BETA),
            "store": await send("GET", f"/vector_stores/{store['id']}"),
            **{f"{file['status']} store file": file for file in files["data"]},
            "upload": await send("GET", f"/files/{good}"),
            "thread": await send("GET", thread),
            "run": run,
            "waiting run": waiting,
            "messages": messages,
            "delta": {"delta": messages["data"][0]},
            "steps": await send("GET", f"{thread}/runs/{run['id']}/steps", params=_RESULTS),
            "function steps": await send("GET", f"{path}/steps"),
            "models": await send("GET", "/models"),
        }


_BETA = {"openai-beta": "agents=v1"}
_TEMPLATES = "/agents/environments/templates"
_STORE = {
    "name": "Docs",
    "metadata": {"team": "travel"},
    "expires_after": {"anchor": "last_active_at", "days": 7},
}
_CUT = {
    "attributes": {"asstctl_sha256": "0" * 64, "size": 1.5, "public": True},
    "chunking_strategy": {
        "type": "static",
        "static": {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 50},
    },
}
_SCHEMA = {"type": "object", "properties": {"id": {"type": "string", "enum": ["a", "b"]}}}
_ASSISTANT = {
    "model": "gpt-4o",
    "name": "Guide",
    "description": "A guide.",
    "instructions": "You are a guide.",
    "temperature": 0.2,
    "top_p": 0.5,
    "reasoning_effort": "low",
    "metadata": {"asstctl_project": "acme", "asstctl_key": "guide", "asstctl_fields": "name=ab/cd"},
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": _SCHEMA},
    },
    "tools": [
        {"type": "code_interpreter"},
        {
            "type": "file_search",
            "file_search": {
                "max_num_results": 5,
                "ranking_options": {"ranker": "auto", "score_threshold": 0.1},
            },
        },
        {
            "type": "function",
            "function": {
                "name": "get_order",
                "description": "Looks an order up.",
                "parameters": _SCHEMA,
                "strict": True,
            },
        },
    ],
}
_CALL = {"type": "function", "function": {"name": "get_order"}}
_RESULTS = {"include[]": "step_details.tool_calls[*].file_search.results[*].content"}


def _use_assistant(value: Any) -> RemoteAssistant:
    """Read an assistant and do with it all that plan and apply do."""
    read = read_assistant(value)
    canonical_json(canonical_assistant(read.spec))
    assistant_fingerprint(read.id, read.spec)
    Stamp.from_metadata(read.spec.metadata)
    json.dumps(assistant_body(read.spec, was=read.spec))
    assert math.isfinite(read.created_at)
    return read


def _use_agent(value: Any) -> RemoteAssistant:
    read = read_agent(value)
    canonical_json(canonical_assistant(read.spec))
    assistant_fingerprint(read.id, read.spec)
    Stamp.from_metadata(read.spec.metadata)
    for was in (None, read.spec, BARE):
        json.dumps(agent_body(read.spec, was=was))
    return read


def _use_template(value: Any) -> RemoteEnvironment:
    read = read_template(value)
    canonical_json(canonical_environment(read.spec))
    TemplateName.parse(read.spec.name)
    json.dumps(template_body(read.spec, creates=False))
    return read


def _use_store(value: Any) -> RemoteStore:
    read = read_store(value)
    canonical_json(canonical_store(read.spec))
    store_fingerprint(read.id, read.spec, read.counts)
    json.dumps(store_body(read.spec, was=read.spec), allow_nan=False)
    assert read.counts.total >= 0
    return read


def _use_store_file(value: Any) -> RemoteFile:
    read = read_store_file(value)
    json.dumps(dict(read.attributes), allow_nan=False)
    return read


def _use_reply(value: Any) -> object:
    reply = decode_runs.read_reply(value, "run_1")
    return [decode_runs.named(citation, "") for citation in reply.citations]


READERS: list[tuple[str, Read]] = [
    ("assistant", _use_assistant),
    ("agent", _use_agent),
    ("template", _use_template),
    ("store", _use_store),
    ("completed store file", _use_store_file),
    ("failed store file", _use_store_file),
    ("upload", read_upload),
    ("thread", decode_runs.search_stores),
    ("thread", decode_runs.created_at),
    ("run", lambda value: decode_runs.read_run(value, "thread_1")),
    ("waiting run", lambda value: decode_runs.read_run(value, "thread_1")),
    ("messages", _use_reply),
    ("messages", decode_runs.last_message),
    ("messages", decode_runs.read_ids),
    ("delta", decode_runs.read_delta),
    ("steps", decode_runs.read_tool_calls),
    ("function steps", decode_runs.read_tool_calls),
    ("models", model_owners),
]


@pytest.fixture(scope="module")
def answers() -> Answers:
    return asyncio.run(_answers())


def places(value: Any, way: Path = ()) -> Iterator[Path]:
    """The ways to every value inside, the outermost too."""
    yield way
    members = dict(enumerate(value)) if isinstance(value, list) else value
    for step, item in members.items() if isinstance(members, dict) else ():
        yield from places(item, (*way, step))


def put(value: Any, way: Path, new: Any) -> Any:
    """A copy of the value with another one at a place."""
    if not way:
        return new
    copy = value.copy()
    copy[way[0]] = put(value[way[0]], way[1:], new)
    return copy


def test_the_answers_are_full(answers: Answers) -> None:
    swept = {name: {way[-1] for way in places(value) if way} for name, value in answers.items()}

    assert {"reasoning_effort", "strict", "vector_store_ids", "score_threshold"} <= swept[
        "assistant"
    ]
    assert {"effort", "schema", "server_url", "defer_loading", "async"} <= swept["agent"]
    assert {"file_id", "allowed_domains", "skill_id", "npm"} <= swept["template"]
    assert {"in_progress", "days", "created_at", "status"} <= swept["store"]
    assert {"max_chunk_size_tokens", "asstctl_sha256"} <= swept["completed store file"]
    assert {"code", "message"} <= swept["failed store file"]
    assert {"arguments", "submit_tool_outputs"} <= swept["waiting run"]
    assert {"prompt_tokens"} <= swept["run"]
    assert {"file_citation", "annotations", "run_id"} <= swept["messages"]
    assert {"score", "results", "file_name"} <= swept["steps"]
    assert {"output", "arguments"} <= swept["function steps"]
    assert {"owned_by"} <= swept["models"]


@pytest.mark.parametrize(("name", "read"), READERS)
def test_no_wrong_value_is_an_accident(answers: Answers, name: str, read: Read) -> None:
    for way, (called, wrong) in product(places(answers[name]), WRONG.items()):
        damaged = put(answers[name], way, wrong)
        try:
            with suppress(AccountError):
                read(damaged)
        except Exception as error:
            raise AssertionError(f"{name}: {way} is {called}") from error
