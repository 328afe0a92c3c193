"""The port of smoke over Assistants v2: threads, messages, runs and steps."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Final
from uuid import uuid4

from asstctl.model.json import JsonObject
from asstctl.remote.assistants import decode_runs
from asstctl.remote.assistants.encode_runs import outputs_body
from asstctl.remote.assistants.held import Held
from asstctl.remote.assistants.threads import Threads, thread_path
from asstctl.remote.storage.decode import read_store
from asstctl.remote.storage.gone import NOT_HERE
from asstctl.remote.storage.smoke import SmokeStorage
from asstctl.remote.wire.exactly_once import exactly_once
from asstctl.remote.wire.paths import path_to
from asstctl.remote.wire.wire import Wire
from asstctl.smoke.ports import (
    Citation,
    ConversationMessage,
    ConversationStart,
    FunctionResult,
    Place,
    Reply,
    Run,
    StreamEvent,
    ToolCall,
)
from asstctl.sync.ports import AccountError, Failure

_PAGE: Final = 100
_NOT_STOPPABLE: Final = (
    Failure.INVALID,
    Failure.CONFLICT,
    Failure.MISSING,
    Failure.UNSUPPORTED,
)


class Conversations(SmokeStorage):
    """An account's threads and runs, reached through ``wire``; they say which ``project`` they
    are of.

    A thread begins with its first run: one request makes both, where the server has it.
    """

    def __init__(self, wire: Wire, project: str) -> None:
        super().__init__(wire)
        self._project = project
        self._threads = Threads(wire)
        self._handles = count(1)
        self._held: dict[str, Held] = {}

    async def open_conversation(self, start: ConversationStart) -> str:
        """Note how the conversation begins; its thread is made only where that must come first.

        At worst, after a lost answer, an empty thread is left behind.
        """
        handle = f"conversation {next(self._handles)}"
        held = Held(id=handle, project=self._project, mark=uuid4().hex, start=start)
        self._held[handle] = held
        if not self._threads.at_once:
            await self._threads.open(held)
        return handle

    def place_of(self, conversation_id: str) -> Place | None:
        """The thread, once it exists."""
        thread = self._held[conversation_id].thread
        return None if thread is None else Place("thread", thread)

    async def delete_conversation(self, conversation_id: str) -> None:
        """Delete a thread; one that is gone already is fine."""
        held = self._held.get(conversation_id)
        if held is None:
            return
        await self._threads.find(held)
        if held.thread is not None:
            await self._delete(thread_path(held))
        del self._held[conversation_id]

    async def scratch_stores(self, conversation_id: str) -> tuple[str, ...]:
        """Stores that the server created for the thread: younger than it, no name, no metadata.

        A thread may also search stores of the project; those must not be deleted with it.
        """
        held = self._held[conversation_id]
        await self._threads.find(held)
        if held.thread is None:
            return ()
        thread = await self._wire.get(thread_path(held))
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

    async def add_message(self, conversation_id: str, message: ConversationMessage) -> None:
        """Put a message at the end of the thread, exactly once; the first ones may come with it."""
        held = self._held[conversation_id]
        if held.thread is None:
            held.pending.append(message)
        else:
            await self._threads.say(held, message)

    async def start_run(self, conversation_id: str, assistant_id: str, options: JsonObject) -> Run:
        """Start a run, exactly once."""
        body: JsonObject = {"assistant_id": assistant_id, **options}
        return await self._threads.run(self._held[conversation_id], body)

    def stream_run(
        self, conversation_id: str, assistant_id: str, options: JsonObject
    ) -> AsyncIterator[StreamEvent]:
        """Start a run and follow it. A stream that breaks off leaves the rest to polling."""
        body: JsonObject = {"assistant_id": assistant_id, **options}
        return self._threads.stream(self._held[conversation_id], body)

    async def retrieve_run(self, conversation_id: str, run_id: str) -> Run:
        """Read a run; the server may say how soon the next poll is worth it."""
        return await self._threads.look(self._held[conversation_id], run_id)

    async def cancel_run(self, conversation_id: str, run_id: str) -> Run | None:
        """Ask the run to stop; None when the server says that it cannot be stopped."""
        path = thread_path(self._held[conversation_id], "runs", run_id, "cancel")
        try:
            answer = await self._wire.post(path, {})
        except AccountError as error:
            if error.failure in _NOT_STOPPABLE:
                return None
            raise
        return answer.read(
            partial(decode_runs.read_run, conversation_id=conversation_id, run_id=run_id)
        )

    async def submit_outputs(self, run: Run, results: tuple[FunctionResult, ...]) -> Run:
        """Answer every call that the run waits for, exactly once."""

        async def send() -> Run:
            answer = await self._wire.create(self._outputs(run), outputs_body(results))
            return answer.read(
                partial(decode_runs.read_run, conversation_id=run.conversation_id, run_id=run.id)
            )

        return await exactly_once(self._wire, send, lambda: self._if_moved_on(run))

    def stream_outputs(
        self, run: Run, results: tuple[FunctionResult, ...]
    ) -> AsyncIterator[StreamEvent]:
        """Answer every call that the run waits for, and follow it on."""
        held = self._held[run.conversation_id]
        find = partial(self._if_moved_on, run)
        return self._threads.follow(held, self._outputs(run), outputs_body(results), find)

    async def reply(self, run: Run) -> Reply:
        """What the assistant said in this run, its citations with the names of their files."""
        answer = await self._wire.get(
            thread_path(self._held[run.conversation_id], "messages"),
            {"run_id": run.id, "order": "desc", "limit": _PAGE},
        )
        reply = answer.read(partial(decode_runs.read_reply, run_id=run.id))
        citations = [await self._named(citation) for citation in reply.citations]
        return replace(reply, citations=tuple(citations))

    async def tool_calls(self, run: Run) -> tuple[ToolCall, ...] | None:
        """The tools that ran, from the run's steps; None when the server has no steps."""
        path = thread_path(self._held[run.conversation_id], "runs", run.id, "steps")
        try:
            answer = await self._wire.get(path, {"order": "asc", "limit": _PAGE})
        except AccountError as error:
            if error.failure in NOT_HERE:
                return None
            raise
        return answer.read(decode_runs.read_tool_calls)

    async def _if_moved_on(self, run: Run) -> Run | None:
        """The run, when it no longer waits for the outputs."""
        seen = await self.retrieve_run(run.conversation_id, run.id)
        return None if seen.wants_outputs and seen.calls == run.calls else seen

    def _outputs(self, run: Run) -> str:
        held = self._held[run.conversation_id]
        return thread_path(held, "runs", run.id, "submit_tool_outputs")

    async def _named(self, citation: Citation) -> Citation:
        return decode_runs.named(citation, await self._filename(citation.file_id))
