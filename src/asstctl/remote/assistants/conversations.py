"""The port of smoke over Assistants v2: threads, messages, runs and steps."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Final

from asstctl.model.json import JsonObject
from asstctl.remote.assistants import decode_runs
from asstctl.remote.assistants.encode_runs import message_body, thread_body
from asstctl.remote.assistants.streaming import stream_events
from asstctl.remote.storage.decode import read_store
from asstctl.remote.storage.smoke import SmokeStorage, id_of
from asstctl.remote.wire.answer import Answer
from asstctl.remote.wire.exactly_once import Attempts, exactly_once, find_nothing, found_after
from asstctl.remote.wire.failures import garbage
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
    """An account's threads and runs, reached through ``wire``.

    What creates something is not sent again blindly when its answer is lost. A thread is known to
    this conversation alone, so it is read first: is the message, or the run, there already?
    """

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire)
        self._runs: dict[str, set[str]] = {}

    async def open_conversation(self, start: ConversationStart) -> str:
        """Open a thread. At worst, after a lost answer, an empty one is left behind."""
        body = thread_body(start)
        answer = await exactly_once(
            self._wire, lambda: self._wire.create("/threads", body), find_nothing
        )
        return answer.read(id_of)

    def place_of(self, conversation_id: str) -> Place:
        """The thread."""
        return Place("thread", conversation_id)

    async def delete_conversation(self, conversation_id: str) -> None:
        """Delete a thread; one that is gone already is fine."""
        self._runs.pop(conversation_id, None)
        await self._delete(path_to("threads", conversation_id))

    async def scratch_stores(self, conversation_id: str) -> tuple[str, ...]:
        """Stores that the server created for the thread: younger than it, no name, no metadata.

        A thread may also search stores of the project; those must not be deleted with it.
        """
        thread = await self._wire.get(path_to("threads", conversation_id))
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
        """Put a message at the end of the thread, exactly once."""
        path, body = path_to("threads", conversation_id, "messages"), message_body(message)

        async def landed() -> Answer | None:
            newest = await self._wire.get(path, {"limit": 1, "order": "desc"})
            said = newest.read(decode_runs.last_message) == (message.role, message.content)
            return newest if said else None

        await exactly_once(self._wire, lambda: self._wire.create(path, body), landed)

    async def start_run(self, conversation_id: str, assistant_id: str, options: JsonObject) -> Run:
        """Start a run, exactly once."""
        body: JsonObject = {"assistant_id": assistant_id, **options}

        async def send() -> Run:
            answer = await self._wire.create(path_to("threads", conversation_id, "runs"), body)
            return answer.read(partial(decode_runs.read_run, conversation_id=conversation_id))

        return self._noted(
            await exactly_once(self._wire, send, lambda: self._new_run(conversation_id))
        )

    async def stream_run(
        self, conversation_id: str, assistant_id: str, options: JsonObject
    ) -> AsyncIterator[StreamEvent]:
        """Start a run and follow it. A stream that breaks off leaves the rest to polling."""
        body: JsonObject = {"assistant_id": assistant_id, **options, "stream": True}
        path = path_to("threads", conversation_id, "runs")
        async for event in self._stream(
            path, body, conversation_id, lambda: self._new_run(conversation_id)
        ):
            yield event

    async def retrieve_run(self, conversation_id: str, run_id: str) -> Run:
        """Read a run; the server may say how soon the next poll is worth it."""
        answer = await self._wire.get(path_to("threads", conversation_id, "runs", run_id))
        poll_after = answer.poll_after
        return answer.read(
            lambda value: decode_runs.read_run(value, conversation_id, run_id, poll_after)
        )

    async def cancel_run(self, conversation_id: str, run_id: str) -> Run | None:
        """Ask the run to stop; None when the server says that it cannot be stopped."""
        try:
            answer = await self._wire.post(
                path_to("threads", conversation_id, "runs", run_id, "cancel"), {}
            )
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
            path = path_to("threads", run.conversation_id, "runs", run.id, "submit_tool_outputs")
            answer = await self._wire.create(path, _outputs(results))
            return answer.read(
                partial(decode_runs.read_run, conversation_id=run.conversation_id, run_id=run.id)
            )

        return await exactly_once(self._wire, send, lambda: self._if_moved_on(run))

    async def stream_outputs(
        self, run: Run, results: tuple[FunctionResult, ...]
    ) -> AsyncIterator[StreamEvent]:
        """Answer every call that the run waits for, and follow it on."""
        path = path_to("threads", run.conversation_id, "runs", run.id, "submit_tool_outputs")
        body: JsonObject = {**_outputs(results), "stream": True}
        async for event in self._stream(
            path, body, run.conversation_id, lambda: self._if_moved_on(run)
        ):
            yield event

    async def reply(self, run: Run) -> Reply:
        """What the assistant said in this run, its citations with the names of their files."""
        answer = await self._wire.get(
            path_to("threads", run.conversation_id, "messages"),
            {"run_id": run.id, "order": "desc", "limit": _PAGE},
        )
        reply = answer.read(partial(decode_runs.read_reply, run_id=run.id))
        citations = [await self._named(citation) for citation in reply.citations]
        return Reply(reply.text, tuple(citations))

    async def tool_calls(self, run: Run) -> tuple[ToolCall, ...] | None:
        """The tools that ran, from the run's steps; None when the server has no steps."""
        path = path_to("threads", run.conversation_id, "runs", run.id, "steps")
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
        conversation_id: str,
        find: Callable[[], Awaitable[Run | None]],
    ) -> AsyncIterator[StreamEvent]:
        attempts = Attempts(self._wire)
        while True:
            seen = False
            try:
                async for event in stream_events(self._wire, path, body, conversation_id):
                    if isinstance(event, Run):
                        self._noted(event)
                        seen = True
                    yield event
                if not seen:
                    raise garbage("a stream without a word about the run")
            except AccountError as error:
                if seen:
                    return
                found = await found_after(error, find) if error.outcome_unknown else None
                if found is not None:
                    yield self._noted(found)
                    return
                await attempts.wait(error)
            else:
                return

    async def _new_run(self, conversation_id: str) -> Run | None:
        """The newest run of the thread that is not known yet, if there is one."""
        path = path_to("threads", conversation_id, "runs")
        page = await self._wire.get(path, {"limit": 20, "order": "desc"})
        known = self._runs.get(conversation_id, set())
        fresh = [run_id for run_id in page.read(decode_runs.read_ids) if run_id not in known]
        return await self.retrieve_run(conversation_id, fresh[0]) if fresh else None

    async def _if_moved_on(self, run: Run) -> Run | None:
        """The run, when it no longer waits for the outputs."""
        seen = await self.retrieve_run(run.conversation_id, run.id)
        return None if seen.wants_outputs and seen.calls == run.calls else seen

    def _noted(self, run: Run) -> Run:
        self._runs.setdefault(run.conversation_id, set()).add(run.id)
        return run

    async def _named(self, citation: Citation) -> Citation:
        return decode_runs.named(citation, await self._filename(citation.file_id))


def _outputs(results: tuple[FunctionResult, ...]) -> JsonObject:
    outputs = [{"tool_call_id": item.call_id, "output": item.output} for item in results]
    return {"tool_outputs": outputs}
