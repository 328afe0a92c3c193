"""Threads and the runs in them: how they are begun, by as few requests as the server allows."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from functools import partial
from typing import Final

from asstctl.model.json import JsonObject
from asstctl.remote.assistants import decode_runs
from asstctl.remote.assistants.encode_runs import begins_thread, message_body, thread_body
from asstctl.remote.assistants.held import Held
from asstctl.remote.assistants.streaming import InThread, stream_events, thread_from
from asstctl.remote.storage.smoke import id_of
from asstctl.remote.wire.answer import Answer
from asstctl.remote.wire.exactly_once import Attempts, exactly_once, find_nothing, found_after
from asstctl.remote.wire.failures import garbage
from asstctl.remote.wire.paths import path_to
from asstctl.remote.wire.wire import Wire
from asstctl.smoke.cleanup import tracked
from asstctl.smoke.ports import ConversationMessage, Run, StreamEvent
from asstctl.sync.ports import AccountError, Failure

THREADS: Final = "/threads"
_AT_ONCE: Final = "/threads/runs"
_PAGE: Final = 100
_GRACE: Final = 5.0
"""Seconds that a request gets to tell the thread that it made, when interrupted."""
_REFUSALS: Final = (
    Failure.MISSING,
    Failure.UNSUPPORTED,
    Failure.INVALID,
    Failure.CONFLICT,
    Failure.FORBIDDEN,
)
"""How servers answer that do not have ``POST /threads/runs``; many take it for something else."""


class Threads:
    """Opens threads, adds messages and starts runs. Nothing is sent again blindly.

    A thread is made by the request that also runs it. Where that comes to nothing, thread, message
    and run are made one after the other; if this works, so are all that follow.

    What a conversation has lost with an answer is looked for: a message or a run in its thread,
    the thread by its mark in the list of all, which few servers have. On the others a thread
    whose answer was lost stays behind, at worst with a run.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.at_once = True
        """Whether threads and runs are made together; False where the server cannot."""

    async def open(self, held: Held) -> None:
        """Open a thread, without a run."""
        body = thread_body(held.start, held.metadata)

        async def send() -> str:
            return (await self._wire.create(THREADS, body)).read(id_of)

        held.unanswered = True
        await tracked(exactly_once(self._wire, send, find_nothing), held.opened, grace=_GRACE)

    async def find(self, held: Held) -> None:
        """Look for a thread that may have been made, where the server lists threads."""
        if held.thread is not None or not held.unanswered:
            return
        with suppress(AccountError):
            page = await self._wire.get(THREADS, {"limit": _PAGE, "order": "desc"})
            thread = page.read(partial(decode_runs.marked_thread, mark=held.mark))
            if thread is not None:
                held.begun(thread)

    async def say(self, held: Held, message: ConversationMessage) -> None:
        """Put a message at the end of the thread, exactly once."""
        path, body = thread_path(held, "messages"), message_body(message)

        async def landed() -> Answer | None:
            newest = await self._wire.get(path, {"limit": 1, "order": "desc"})
            said = newest.read(decode_runs.last_message) == (message.role, message.content)
            return newest if said else None

        await exactly_once(self._wire, lambda: self._wire.create(path, body), landed)

    async def run(self, held: Held, body: JsonObject) -> Run:
        """Start a run, exactly once."""
        at_once = self._begins(held, body)
        if at_once:
            try:
                return await self._run_at_once(held, body)
            except AccountError as error:
                if (begun := await self._recovered(held, error)) is not None:
                    return begun
        await self._catch_up(held)
        run = await self._run(held, body)
        self.at_once = self.at_once and not at_once
        return run

    async def stream(self, held: Held, body: JsonObject) -> AsyncIterator[StreamEvent]:
        """Start a run and follow it. A stream that breaks off leaves the rest to polling."""
        at_once = self._begins(held, body)
        if at_once:
            try:
                async with aclosing(self._stream_at_once(held, body)) as events:
                    async for event in events:
                        yield event
            except AccountError as error:
                if held.runs:
                    return
                if (begun := await self._recovered(held, error)) is not None:
                    yield begun
                    return
            else:
                return
        await self._catch_up(held)
        path, find = thread_path(held, "runs"), partial(self._new_run, held)
        async for event in self.follow(held, path, body, find):
            self.at_once = self.at_once and not at_once
            yield event

    async def follow(
        self, held: Held, path: str, body: JsonObject, find: Callable[[], Awaitable[Run | None]]
    ) -> AsyncIterator[StreamEvent]:
        """Post ``body`` and follow what comes of it; ``find`` is the run after a lost answer."""
        attempts = Attempts(self._wire)
        while True:
            seen = False
            try:
                async with aclosing(self._heard(held, path, body)) as events:
                    async for event in events:
                        seen = seen or isinstance(event, Run)
                        yield event
                if not seen:
                    raise garbage("a stream without a word about the run")
            except AccountError as error:
                if seen:
                    return
                found = await found_after(error, find) if error.outcome_unknown else None
                if found is not None:
                    yield held.noted(found)
                    return
                await attempts.wait(error)
            else:
                return

    async def look(self, held: Held, run_id: str) -> Run:
        """Read a run; the server may say how soon the next poll is worth it."""
        answer = await self._wire.get(thread_path(held, "runs", run_id))
        poll_after = answer.poll_after
        return answer.read(lambda value: decode_runs.read_run(value, held.id, run_id, poll_after))

    def _begins(self, held: Held, body: JsonObject) -> bool:
        """Whether the run is to make its thread."""
        return self.at_once and held.thread is None and begins_thread(body)

    async def _run_at_once(self, held: Held, body: JsonObject) -> Run:
        read = partial(decode_runs.read_first_run, conversation_id=held.id)

        held.unanswered = True

        async def send() -> tuple[str, Run]:
            return (await self._wire.create(_AT_ONCE, _with_thread(held, body))).read(read)

        def note(begun: tuple[str, Run]) -> None:
            held.begun(begun[0])
            held.noted(begun[1])

        return (await tracked(send(), note, grace=_GRACE))[1]

    async def _stream_at_once(
        self, held: Held, body: JsonObject
    ) -> AsyncGenerator[StreamEvent, None]:
        asked, held.unanswered = {**_with_thread(held, body), "stream": True}, True
        async with aclosing(stream_events(self._wire, _AT_ONCE, asked, held.id)) as events:
            await tracked(thread_from(events), held.begun, grace=_GRACE)
            async for event in events:
                if not isinstance(event, InThread):
                    yield held.noted(event) if isinstance(event, Run) else event
        if not held.runs:
            raise garbage("a stream without a word about the run")

    async def _heard(
        self, held: Held, path: str, body: JsonObject
    ) -> AsyncGenerator[StreamEvent, None]:
        asked = {**body, "stream": True}
        async with aclosing(stream_events(self._wire, path, asked, held.id)) as events:
            async for event in events:
                if not isinstance(event, InThread):
                    yield held.noted(event) if isinstance(event, Run) else event

    async def _recovered(self, held: Held, error: AccountError) -> Run | None:
        """The run that was begun although its answer was lost, as far as it can be found.

        Raises the error where it would come of every way to begin.
        """
        if error.failure not in _REFUSALS and not error.outcome_unknown:
            raise error
        held.unanswered = error.outcome_unknown
        await self.find(held)
        if held.thread is None:
            return None
        return await found_after(error, partial(self._new_run, held))

    async def _catch_up(self, held: Held) -> None:
        """Open the thread and say what was not said yet."""
        if held.thread is None:
            await self.open(held)
        while held.pending:
            await self.say(held, held.pending[0])
            del held.pending[0]

    async def _run(self, held: Held, body: JsonObject) -> Run:
        async def send() -> Run:
            answer = await self._wire.create(thread_path(held, "runs"), body)
            return answer.read(partial(decode_runs.read_run, conversation_id=held.id))

        return held.noted(await exactly_once(self._wire, send, partial(self._new_run, held)))

    async def _new_run(self, held: Held) -> Run | None:
        """The newest run of the thread that is not known yet, if there is one."""
        page = await self._wire.get(thread_path(held, "runs"), {"limit": 20, "order": "desc"})
        fresh = [run_id for run_id in page.read(decode_runs.read_ids) if run_id not in held.runs]
        return held.noted(await self.look(held, fresh[0])) if fresh else None


def thread_path(held: Held, *rest: str) -> str:
    """The path of a thread that exists, or of something in it."""
    assert held.thread is not None
    return path_to("threads", held.thread, *rest)


def _with_thread(held: Held, body: JsonObject) -> JsonObject:
    return {**body, "thread": thread_body(held.start, held.metadata, held.pending)}
