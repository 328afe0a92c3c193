"""The port of smoke over Assistants v2: threads, messages, runs and steps."""

import asyncio
import mimetypes
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from itertools import count
from typing import Final, TypeVar

from asstctl.model.file import LocalFile
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.stamp import FILE_PATH
from asstctl.remote.assistants import decode_runs
from asstctl.remote.assistants.encode_runs import message_body, thread_body
from asstctl.remote.assistants.streaming import stream_events
from asstctl.remote.storage.decode import as_object, read_id, read_store, read_store_file
from asstctl.remote.wire.answer import Answer
from asstctl.remote.wire.failures import garbage
from asstctl.remote.wire.paths import path_to
from asstctl.remote.wire.wire import Wire
from asstctl.smoke.ports import (
    Citation,
    FunctionResult,
    Reply,
    Run,
    StreamEvent,
    ThreadMessage,
    ThreadStart,
    ToolCall,
)
from asstctl.sync.ports import AccountError, Failure

OFFLINE_OWNER: Final = "asstctl-offline"
"""The owner of the offline models of a local account, in ``GET /models``."""

OFFLINE_REASON: Final = "needs a real model; this account answers with the offline one"
_MODELS_SECONDS: Final = 10.0
_PAUSES: Final = (0.5, 1.0, 2.0)
"""Seconds between the attempts at something that must be done exactly once."""
_PAGE: Final = 100
_NOT_STOPPABLE: Final = (
    Failure.INVALID,
    Failure.CONFLICT,
    Failure.MISSING,
    Failure.UNSUPPORTED,
)
_T = TypeVar("_T")


class Conversations:
    """An account's threads and runs, reached through ``wire``.

    What creates something is not sent again blindly when its answer is lost. A thread is known to
    this conversation alone, so it is read first: is the message, or the run, there already?
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._filenames: dict[str, str] = {}
        self._paths: dict[tuple[str, str], str] = {}
        self._runs: dict[str, set[str]] = {}

    async def offline_reason(self) -> str | None:
        """Why no real model answers here; None when one does, or the server does not say."""
        try:
            async with asyncio.timeout(_MODELS_SECONDS):
                owners = (await self._wire.get("/models")).read(decode_runs.model_owners)
        except (AccountError, TimeoutError):
            return None
        return OFFLINE_REASON if OFFLINE_OWNER in owners else None

    async def create_thread(self, start: ThreadStart) -> str:
        """Open a thread. At worst, after a lost answer, an empty one is left behind."""
        body = thread_body(start)
        answer = await self._exactly_once(
            lambda: self._wire.create("/threads", body), _find_nothing
        )
        return answer.read(_id)

    async def delete_thread(self, thread_id: str) -> None:
        """Delete a thread; one that is gone already is fine."""
        self._runs.pop(thread_id, None)
        await self._delete(path_to("threads", thread_id))

    async def scratch_stores(self, thread_id: str) -> tuple[str, ...]:
        """Stores that the server created for the thread: younger than it, no name, no metadata.

        A thread may also search stores of the project; those must not be deleted with it.
        """
        thread = await self._wire.get(path_to("threads", thread_id))
        born = thread.read(decode_runs.created_at)
        stores = [
            (await self._wire.get(path_to("vector_stores", store_id))).read(read_store)
            for store_id in thread.read(decode_runs.search_stores)
        ]
        return tuple(
            store.id
            for store in stores
            if born and store.created_at >= born and not (store.spec.name or store.spec.metadata)
        )

    async def delete_store(self, store_id: str) -> None:
        """Delete a vector store; one that is gone already is fine."""
        await self._delete(path_to("vector_stores", store_id))

    async def upload(self, file: LocalFile) -> str:
        """Upload a file, streamed from an open handle. After a lost answer it is not sent again."""
        mime = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        fields = {"purpose": "assistants"}
        answer = await self._wire.upload(
            "/files", fields, file.name, mime, lambda: file.source.open("rb")
        )
        file_id = answer.read(_id)
        self._filenames[file_id] = file.name
        return file_id

    async def delete_file(self, file_id: str) -> None:
        """Delete an upload; one that is gone already is fine."""
        await self._delete(path_to("files", file_id))

    async def add_message(self, thread_id: str, message: ThreadMessage) -> None:
        """Put a message at the end of the thread, exactly once."""
        path, body = path_to("threads", thread_id, "messages"), message_body(message)

        async def landed() -> Answer | None:
            newest = await self._wire.get(path, {"limit": 1, "order": "desc"})
            said = newest.read(decode_runs.last_message) == (message.role, message.content)
            return newest if said else None

        await self._exactly_once(lambda: self._wire.create(path, body), landed)

    async def start_run(self, thread_id: str, assistant_id: str, options: JsonObject) -> Run:
        """Start a run, exactly once."""
        body: JsonObject = {"assistant_id": assistant_id, **options}

        async def send() -> Run:
            answer = await self._wire.create(path_to("threads", thread_id, "runs"), body)
            return answer.read(partial(decode_runs.read_run, thread_id=thread_id))

        return self._noted(await self._exactly_once(send, lambda: self._new_run(thread_id)))

    async def stream_run(
        self, thread_id: str, assistant_id: str, options: JsonObject
    ) -> AsyncIterator[StreamEvent]:
        """Start a run and follow it. A stream that breaks off leaves the rest to polling."""
        body: JsonObject = {"assistant_id": assistant_id, **options, "stream": True}
        path = path_to("threads", thread_id, "runs")
        async for event in self._stream(path, body, thread_id, lambda: self._new_run(thread_id)):
            yield event

    async def retrieve_run(self, thread_id: str, run_id: str) -> Run:
        """Read a run; the server may say how soon the next poll is worth it."""
        answer = await self._wire.get(path_to("threads", thread_id, "runs", run_id))
        poll_after = answer.poll_after
        return answer.read(lambda value: decode_runs.read_run(value, thread_id, run_id, poll_after))

    async def cancel_run(self, thread_id: str, run_id: str) -> Run | None:
        """Ask the run to stop; None when the server says that it cannot be stopped."""
        try:
            answer = await self._wire.post(
                path_to("threads", thread_id, "runs", run_id, "cancel"), {}
            )
        except AccountError as error:
            if error.failure in _NOT_STOPPABLE:
                return None
            raise
        return answer.read(partial(decode_runs.read_run, thread_id=thread_id, run_id=run_id))

    async def submit_outputs(self, run: Run, results: tuple[FunctionResult, ...]) -> Run:
        """Answer every call that the run waits for, exactly once."""

        async def send() -> Run:
            path = path_to("threads", run.thread_id, "runs", run.id, "submit_tool_outputs")
            answer = await self._wire.create(path, _outputs(results))
            return answer.read(
                partial(decode_runs.read_run, thread_id=run.thread_id, run_id=run.id)
            )

        return await self._exactly_once(send, lambda: self._if_moved_on(run))

    async def stream_outputs(
        self, run: Run, results: tuple[FunctionResult, ...]
    ) -> AsyncIterator[StreamEvent]:
        """Answer every call that the run waits for, and follow it on."""
        path = path_to("threads", run.thread_id, "runs", run.id, "submit_tool_outputs")
        body: JsonObject = {**_outputs(results), "stream": True}
        async for event in self._stream(path, body, run.thread_id, lambda: self._if_moved_on(run)):
            yield event

    async def reply(self, run: Run) -> Reply:
        """What the assistant said in this run, its citations with the names of their files."""
        answer = await self._wire.get(
            path_to("threads", run.thread_id, "messages"),
            {"run_id": run.id, "order": "desc", "limit": _PAGE},
        )
        reply = answer.read(partial(decode_runs.read_reply, run_id=run.id))
        citations = [await self._named(citation) for citation in reply.citations]
        return Reply(reply.text, tuple(citations))

    async def stored_path(self, store_id: str, file_id: str) -> str:
        """The path in the attributes that asstctl wrote; cached."""
        known = self._paths.get((store_id, file_id))
        if known is None:
            known = await self._path(path_to("vector_stores", store_id, "files", file_id))
            self._paths[store_id, file_id] = known
        return known

    async def _path(self, address: str) -> str:
        try:
            found = (await self._wire.get(address)).read(read_store_file)
        except AccountError as error:
            if error.failure in (Failure.MISSING, Failure.UNSUPPORTED, Failure.GARBAGE):
                return ""
            raise
        return str(found.attributes.get(FILE_PATH, ""))

    async def tool_calls(self, run: Run) -> tuple[ToolCall, ...] | None:
        """The tools that ran, from the run's steps; None when the server has no steps."""
        path = path_to("threads", run.thread_id, "runs", run.id, "steps")
        try:
            answer = await self._wire.get(path, {"order": "asc", "limit": _PAGE})
        except AccountError as error:
            if error.failure in (Failure.MISSING, Failure.UNSUPPORTED):
                return None
            raise
        return answer.read(decode_runs.read_tool_calls)

    async def _stream(
        self,
        path: str,
        body: JsonObject,
        thread_id: str,
        find: Callable[[], Awaitable[Run | None]],
    ) -> AsyncIterator[StreamEvent]:
        began = _now()
        for attempt in count(1):
            seen = False
            try:
                async for event in stream_events(self._wire, path, body, thread_id):
                    if isinstance(event, Run):
                        self._noted(event)
                        seen = True
                    yield event
                if not seen:
                    raise garbage("a stream without a word about the run")
            except AccountError as error:
                if seen:
                    return
                found = await self._found(find, error) if error.outcome_unknown else None
                if found is not None:
                    yield self._noted(found)
                    return
                await self._wait_or_raise(error, attempt, began)
            else:
                return

    async def _exactly_once(
        self, send: Callable[[], Awaitable[_T]], find: Callable[[], Awaitable[_T | None]]
    ) -> _T:
        """Send; when the answer is lost, look whether it was done, and only else send again."""
        began = _now()
        for attempt in count(1):
            try:
                return await send()
            except AccountError as error:
                if not error.outcome_unknown:
                    raise
                found = await self._found(find, error)
                if found is not None:
                    return found
                await self._wait_or_raise(error, attempt, began)
        raise AssertionError("unreachable")

    async def _wait_or_raise(self, error: AccountError, attempt: int, began: float) -> None:
        """Wait before the next attempt; raise the error when there is to be none."""
        if attempt > len(_PAUSES) or not error.transient:
            raise error
        await self._wire.wait_to_retry(
            error,
            attempt=attempt,
            attempts=len(_PAUSES) + 1,
            pause=max(_PAUSES[attempt - 1], error.retry_after or 0),
            spent=_now() - began,
        )

    async def _found(
        self, find: Callable[[], Awaitable[_T | None]], failed: AccountError
    ) -> _T | None:
        """The result of ``find``. When that fails too, the first failure is the one to report."""
        try:
            return await find()
        except AccountError:
            raise failed from None

    async def _new_run(self, thread_id: str) -> Run | None:
        """The newest run of the thread that is not known yet, if there is one."""
        path = path_to("threads", thread_id, "runs")
        page = await self._wire.get(path, {"limit": 20, "order": "desc"})
        known = self._runs.get(thread_id, set())
        fresh = [run_id for run_id in page.read(decode_runs.read_ids) if run_id not in known]
        return await self.retrieve_run(thread_id, fresh[0]) if fresh else None

    async def _if_moved_on(self, run: Run) -> Run | None:
        """The run, when it no longer waits for the outputs."""
        seen = await self.retrieve_run(run.thread_id, run.id)
        return None if seen.wants_outputs and seen.calls == run.calls else seen

    def _noted(self, run: Run) -> Run:
        self._runs.setdefault(run.thread_id, set()).add(run.id)
        return run

    async def _named(self, citation: Citation) -> Citation:
        file_id = citation.file_id
        if file_id not in self._filenames:
            self._filenames[file_id] = await self._filename(file_id)
        return decode_runs.named(citation, self._filenames[file_id])

    async def _filename(self, file_id: str) -> str:
        try:
            found = (await self._wire.get(path_to("files", file_id))).read(as_object)
        except AccountError:
            return ""
        filename = found.get("filename")
        return filename if isinstance(filename, str) else ""

    async def _delete(self, path: str) -> None:
        try:
            await self._wire.delete(path)
        except AccountError as error:
            if error.failure is not Failure.MISSING:
                raise


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _find_nothing() -> None:
    """The search for an object that cannot be looked up: it finds none."""


def _outputs(results: tuple[FunctionResult, ...]) -> JsonObject:
    outputs = [{"tool_call_id": item.call_id, "output": item.output} for item in results]
    return {"tool_outputs": outputs}


def _id(value: JsonValue) -> str:
    return read_id(as_object(value))
