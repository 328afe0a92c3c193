"""The official test: the unmodified SDK walks every endpoint, and every response is exact."""

import json
import re
from typing import Any, get_args

from openai.types import (
    FileDeleted,
    FileObject,
    Model,
    Upload,
    VectorStore,
    VectorStoreDeleted,
    VectorStoreSearchResponse,
)
from openai.types.beta import Assistant, AssistantDeleted, Thread, ThreadDeleted
from openai.types.beta import assistant_stream_event as stream_events
from openai.types.beta.threads import Message, MessageDeleted, Run
from openai.types.beta.threads.runs import RunStep
from openai.types.uploads import UploadPart
from openai.types.vector_stores import (
    FileContentResponse,
    VectorStoreFile,
    VectorStoreFileBatch,
    VectorStoreFileDeleted,
)

from asstctl.emulator.account import Account
from emulator.strict import contract, problems
from emulator.walker import Walker, routes

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
TEXT = b"# Lisbon\n\nThe tram 28 climbs to the castle.\nA burger costs $23.75.\n"


def _event_models() -> dict[str, Any]:
    models = {}
    for model in get_args(get_args(stream_events.AssistantStreamEvent)[0]):
        fields = model.model_fields
        models[get_args(fields["event"].annotation)[0]] = fields["data"].annotation
    return models


EVENTS = _event_models()


async def test_every_endpoint(walker: Walker, account: Account) -> None:
    await _models(walker)
    file_id = await _files(walker)
    await _uploads(walker)
    store_id = await _stores(walker, file_id)
    assistant_id = await _assistants(walker, store_id, file_id)
    thread_id = await _threads(walker, file_id)
    await _messages(walker, thread_id, file_id)
    await _runs(walker, thread_id, assistant_id)
    await _function_runs(walker, assistant_id)
    await _streams(walker, assistant_id)
    await _deletes(walker, thread_id, assistant_id, store_id, file_id)
    _everything_was_walked(walker, account)


async def _models(walker: Walker) -> None:
    await walker.client.models.list()
    assert [found for item in walker.last["data"] for found in problems(Model, item)] == []
    await walker.client.models.retrieve("gpt-4o")
    walker.exactly(Model)


async def _files(walker: Walker) -> str:
    files = walker.client.files
    created = await files.create(
        file=("lisbon.md", TEXT),
        purpose="assistants",
        expires_after={"anchor": "created_at", "seconds": 3600},
    )
    assert walker.exactly(FileObject)["expires_at"] == created.created_at + 3600
    file = await files.create(file=("lisbon.md", TEXT), purpose="assistants")
    walker.exactly(FileObject)
    await files.retrieve(file.id)
    assert walker.exactly(FileObject)["bytes"] == len(TEXT)
    await files.list(purpose="assistants", order="asc", limit=1)
    assert walker.page(FileObject)["has_more"]
    assert (await files.content(file.id)).content == TEXT
    return file.id


async def _uploads(walker: Walker) -> None:
    uploads = walker.client.uploads
    options: Any = {"filename": "porto.md", "mime_type": "text/markdown", "purpose": "assistants"}
    upload = await uploads.create(bytes=8, **options)
    walker.exactly(Upload)
    parts = []
    for data in (b"abcd", b"efgh"):
        parts.append((await uploads.parts.create(upload.id, data=data)).id)
        walker.exactly(UploadPart)
    done = await uploads.complete(upload.id, part_ids=list(reversed(parts)))
    walker.exactly(Upload)
    assert done.file is not None
    assert (await walker.client.files.content(done.file.id)).content == b"efghabcd"
    other = await uploads.create(bytes=8, **options)
    await uploads.cancel(other.id)
    assert walker.exactly(Upload)["status"] == "cancelled"


async def _stores(walker: Walker, file_id: str) -> str:
    stores = walker.client.vector_stores
    store = await stores.create(name="travel", metadata={"a": "b"})
    walker.exactly(VectorStore)
    await stores.create(expires_after={"anchor": "last_active_at", "days": 3})
    walker.exactly(VectorStore)
    await stores.retrieve(store.id)
    walker.exactly(VectorStore)
    await stores.update(store.id, name="docs")
    assert walker.exactly(VectorStore)["metadata"] == {"a": "b"}
    await stores.list(limit=1)
    assert walker.page(VectorStore)["has_more"]
    await stores.files.create_and_poll(
        file_id, vector_store_id=store.id, attributes={"city": "lisbon", "n": 1, "ok": True}
    )
    assert walker.exactly(VectorStoreFile)["status"] == "completed"
    await stores.files.update(file_id, vector_store_id=store.id, attributes={"city": "Lisbon"})
    walker.exactly(VectorStoreFile)
    await stores.files.retrieve(file_id, vector_store_id=store.id)
    walker.exactly(VectorStoreFile)
    await stores.files.list(store.id, filter="completed")
    walker.page(VectorStoreFile)
    await stores.files.content(file_id, vector_store_id=store.id)
    walker.page(FileContentResponse)
    await stores.search(store.id, query="tram to the castle", max_num_results=3)
    walker.page(VectorStoreSearchResponse)
    await _batches(walker, store.id, file_id)
    return store.id


async def _batches(walker: Walker, store_id: str, file_id: str) -> None:
    batches = walker.client.vector_stores.file_batches
    batch = await batches.create(store_id, file_ids=[file_id])
    walker.exactly(VectorStoreFileBatch)
    await batches.retrieve(batch.id, vector_store_id=store_id)
    walker.exactly(VectorStoreFileBatch)
    await batches.list_files(batch.id, vector_store_id=store_id)
    walker.page(VectorStoreFile)
    await batches.cancel(batch.id, vector_store_id=store_id)
    walker.exactly(VectorStoreFileBatch)


async def _assistants(walker: Walker, store_id: str, file_id: str) -> str:
    assistants = walker.client.beta.assistants
    await assistants.create(model="gpt-4o")
    walker.exactly(Assistant)
    created = await assistants.create(
        model="gpt-4o-mini",
        name="Travel guide",
        description="Knows Lisbon",
        instructions="Be succinct.",
        tools=[{"type": "code_interpreter"}, {"type": "file_search"}, WEATHER],
        tool_resources={
            "code_interpreter": {"file_ids": [file_id]},
            "file_search": {"vector_store_ids": [store_id]},
        },
        temperature=0.2,
        top_p=0.9,
        metadata={"team": "support"},
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": {"type": "object"}, "strict": False},
        },
    )
    walker.exactly(Assistant)
    await assistants.update(created.id, response_format="auto")
    assert walker.exactly(Assistant)["name"] == "Travel guide"
    await assistants.retrieve(created.id)
    walker.exactly(Assistant)
    await assistants.list(limit=1)
    walker.page(Assistant)
    return created.id


async def _threads(walker: Walker, file_id: str) -> str:
    threads = walker.client.beta.threads
    await threads.create()
    walker.exactly(Thread)
    thread = await threads.create(
        messages=[
            {
                "role": "user",
                "content": [{"type": "text", "text": "Where does the tram go?"}],
                "attachments": [{"file_id": file_id, "tools": [{"type": "file_search"}]}],
            }
        ],
        metadata={"a": "b"},
    )
    walker.exactly(Thread)
    await threads.retrieve(thread.id)
    walker.exactly(Thread)
    await threads.update(thread.id, metadata={"c": "d"})
    walker.exactly(Thread)
    return thread.id


async def _messages(walker: Walker, thread_id: str, file_id: str) -> None:
    messages = walker.client.beta.threads.messages
    message = await messages.create(
        thread_id,
        role="user",
        content=[
            {"type": "text", "text": "Look"},
            {"type": "image_file", "image_file": {"file_id": file_id, "detail": "low"}},
            {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        ],
        attachments=[{"file_id": file_id, "tools": [{"type": "code_interpreter"}]}],
    )
    walker.exactly(Message)
    await messages.retrieve(message.id, thread_id=thread_id)
    walker.exactly(Message)
    await messages.update(message.id, thread_id=thread_id, metadata={"a": "b"})
    walker.exactly(Message)
    await messages.list(thread_id, order="asc")
    walker.page(Message)
    await messages.delete(message.id, thread_id=thread_id)
    walker.exactly(MessageDeleted)


async def _runs(walker: Walker, thread_id: str, assistant_id: str) -> None:
    runs = walker.client.beta.threads.runs
    run = await runs.create(
        thread_id,
        assistant_id=assistant_id,
        additional_messages=[{"role": "user", "content": "Where does the tram climb?"}],
        truncation_strategy={"type": "last_messages", "last_messages": 4},
        max_prompt_tokens=4000,
        max_completion_tokens=1000,
    )
    walker.exactly(Run)
    await runs.poll(run_id=run.id, thread_id=thread_id)
    assert walker.exactly(Run)["status"] == "completed", walker.last["last_error"]
    await runs.update(run.id, thread_id=thread_id, metadata={"a": "b"})
    walker.exactly(Run)
    await runs.list(thread_id)
    walker.page(Run)
    steps = await runs.steps.list(
        run.id,
        thread_id=thread_id,
        include=["step_details.tool_calls[*].file_search.results[*].content"],
    )
    page = walker.page(RunStep)
    result = page["data"][1]["step_details"]["tool_calls"][0]["file_search"]["results"][0]
    assert "tram 28" in result["content"][0]["text"]
    await runs.steps.retrieve(steps.data[1].id, thread_id=thread_id, run_id=run.id)
    assert "content" not in json.dumps(walker.exactly(RunStep))
    await walker.client.beta.threads.messages.list(thread_id, run_id=run.id)
    page = walker.page(Message)
    assert page["data"][0]["content"][0]["text"]["annotations"]


async def _function_runs(walker: Walker, assistant_id: str) -> None:
    threads = walker.client.beta.threads
    ask: Any = {"messages": [{"role": "user", "content": "Call get_weather for Lisbon"}]}
    run = await threads.create_and_run_poll(assistant_id=assistant_id, thread=ask)
    assert walker.exactly(Run)["status"] == "requires_action"
    assert run.required_action is not None
    calls = run.required_action.submit_tool_outputs.tool_calls
    await threads.runs.submit_tool_outputs(
        run.id,
        thread_id=run.thread_id,
        tool_outputs=[{"tool_call_id": call.id, "output": "sunny"} for call in calls],
    )
    walker.exactly(Run)
    await threads.runs.poll(run_id=run.id, thread_id=run.thread_id)
    walker.exactly(Run)
    await threads.runs.steps.list(run.id, thread_id=run.thread_id)
    walker.page(RunStep)
    waiting = await threads.create_and_run_poll(assistant_id=assistant_id, thread=ask)
    await threads.runs.cancel(waiting.id, thread_id=waiting.thread_id)
    assert walker.exactly(Run)["status"] == "cancelling"
    await threads.runs.poll(run_id=waiting.id, thread_id=waiting.thread_id)
    assert walker.exactly(Run)["status"] == "cancelled"


async def _streams(walker: Walker, assistant_id: str) -> None:
    threads = walker.client.beta.threads
    thread = await threads.create()
    async with threads.create_and_run_stream(
        assistant_id=assistant_id,
        thread={"messages": [{"role": "user", "content": "Where does the tram go?"}]},
    ) as stream:
        assert (await stream.get_final_run()).status == "completed"
    names = walker.stream(walker.last, EVENTS)
    assert names[:4] == [
        "thread.created",
        "thread.run.created",
        "thread.run.queued",
        "thread.run.in_progress",
    ]
    await threads.messages.create(thread.id, role="user", content="Please get weather in Porto")
    async with threads.runs.stream(thread_id=thread.id, assistant_id=assistant_id) as stream:
        run = await stream.get_final_run()
    assert walker.stream(walker.last, EVENTS)[-2] == "thread.run.requires_action"
    assert run.required_action is not None
    async with threads.runs.submit_tool_outputs_stream(
        run_id=run.id,
        thread_id=thread.id,
        tool_outputs=[
            {"tool_call_id": call.id, "output": "sunny"}
            for call in run.required_action.submit_tool_outputs.tool_calls
        ],
    ) as stream:
        await stream.until_done()
    assert walker.stream(walker.last, EVENTS)[-2] == "thread.run.completed"


async def _deletes(
    walker: Walker, thread_id: str, assistant_id: str, store_id: str, file_id: str
) -> None:
    client = walker.client
    await client.vector_stores.files.delete(file_id, vector_store_id=store_id)
    walker.exactly(VectorStoreFileDeleted)
    await client.vector_stores.delete(store_id)
    walker.exactly(VectorStoreDeleted)
    await client.files.delete(file_id)
    walker.exactly(FileDeleted)
    await client.beta.threads.delete(thread_id)
    walker.exactly(ThreadDeleted)
    await client.beta.assistants.delete(assistant_id)
    walker.exactly(AssistantDeleted)


def _everything_was_walked(walker: Walker, account: Account) -> None:
    walked = {
        (method, path.replace("/models/gpt-4o", "/models/{id}")) for method, path in walker.seen
    }
    page = ("/", "/talk", "/page/{id}")
    others = {("GET", path) for path in (*page, "/healthz", "/readyz", "/metrics")}
    assert routes(account, "assistants") - walked == others, (
        "only the page, and what operators ask, is not for programs"
    )
    document = contract()
    if document is not None:
        operations = {
            (method, re.sub(r"\{[^}]*\}", "{id}", path)) for method, path in document.operations
        }
        assert operations - walked == set()
