"""The port of smoke over the Agents API: sessions, and their root turns as runs."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from itertools import count
from typing import ClassVar, Final
from uuid import uuid4

from asstctl.model.file import LocalFile
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.stamp import ENVIRONMENT
from asstctl.remote.agents.decode_sessions import read_reply, read_tool_calls
from asstctl.remote.agents.encode_sessions import (
    message,
    messages_event,
    overrides,
    place_in_sandbox,
    result_event,
    sandbox,
)
from asstctl.remote.agents.held import Held
from asstctl.remote.agents.listening import Ear, Listener, listening
from asstctl.remote.agents.sessions import SESSIONS, Sessions
from asstctl.remote.storage import values
from asstctl.remote.storage.decode import as_object, read_metadata
from asstctl.remote.storage.smoke import SmokeStorage
from asstctl.remote.wire.exactly_once import Attempts
from asstctl.remote.wire.paths import path_to
from asstctl.remote.wire.wire import Wire
from asstctl.smoke.cleanup import tracked
from asstctl.smoke.ports import (
    Attached,
    ConversationMessage,
    ConversationStart,
    FunctionResult,
    Place,
    Reply,
    Run,
    StreamEvent,
    Token,
    ToolCall,
    Usage,
)
from asstctl.sync.ports import AccountError, Failure

_NOT_STOPPABLE: Final = (Failure.INVALID, Failure.CONFLICT, Failure.MISSING, Failure.UNSUPPORTED)
_GRACE: Final = 5.0
"""Seconds that the start of a session gets to tell its id, when interrupted."""
_STOPPING: Final = 8.0
"""Seconds that a cancelled turn gets to end."""
_SILENCE: Final = 1.0
"""Seconds without an event after which it is looked, at first, whether one was missed."""
_LONGEST_SILENCE: Final = 5.0
_TAIL: Final = 0.3
"""Seconds without an event after which nothing more is expected of a turn that has ended."""


class Conversations(SmokeStorage):
    """An account's sessions, reached through ``wire``; they say which ``project`` they are of.

    A session begins with its first run: without a sandbox it cannot exist without input.
    """

    PURPOSE: ClassVar[str] = "user_data"

    def __init__(self, wire: Wire, project: str) -> None:
        super().__init__(wire)
        self._project = project
        self._sessions = Sessions(wire)
        self._handles = count(1)
        self._held: dict[str, Held] = {}
        self._agents: dict[str, JsonObject] = {}
        self._paths_of_uploads: dict[str, str] = {}

    # --- conversations ---

    async def open_conversation(self, start: ConversationStart) -> str:
        """Note how the conversation begins. Raises AccountError for what no session can hold."""
        held = Held(project=self._project, case=start.label, mark=uuid4().hex)
        _raise_if_unfit(start)
        for said in start.messages:
            self._add(held, said)
        self._attach(held, [Attached(file_id, ()) for file_id in start.code_files])
        handle = f"session {next(self._handles)}"
        self._held[handle] = held
        return handle

    def place_of(self, conversation_id: str) -> Place | None:
        """The session, once it exists."""
        session_id = self._held[conversation_id].session_id
        return None if session_id is None else Place("session", session_id)

    async def delete_conversation(self, conversation_id: str) -> None:
        """Cancel what goes on in the session and delete it, with its sandbox."""
        held = self._held.get(conversation_id)
        if held is None:
            return
        if held.session_id is not None:
            await self._sessions.delete(held.session_id)
        del self._held[conversation_id]

    async def scratch_stores(self, conversation_id: str) -> tuple[str, ...]:
        """None: a sandbox goes with its session."""
        return ()

    async def upload(self, file: LocalFile) -> str:
        """Upload a file, and remember where in the project it lies."""
        file_id = await super().upload(file)
        self._paths_of_uploads[file_id] = file.path
        return file_id

    async def add_message(self, conversation_id: str, message: ConversationMessage) -> None:
        """Say this with the next run, before which its attachments are put into the sandbox."""
        self._add(self._held[conversation_id], message)

    def _add(self, held: Held, said: ConversationMessage) -> None:
        held.pending.append(message(said.content, self._attach(held, said.attachments)))

    def _attach(self, held: Held, attachments: list[Attached] | tuple[Attached, ...]) -> list[str]:
        """Note what is to be put into the sandbox; where it will lie there."""
        places = {
            item.file_id: place_in_sandbox(self._paths_of_uploads[item.file_id])
            for item in attachments
        }
        held.files |= places
        return list(places.values())

    # --- runs ---

    async def start_run(self, conversation_id: str, assistant_id: str, options: JsonObject) -> Run:
        """Begin a turn, with which the session may begin too."""
        held = self._begun(conversation_id)
        body = await self._session_body(held, assistant_id, options)
        if await self._is_ready(held, body):
            await self._say(held)
        else:
            await self._open(held, body | {"input": list(held.pending)})
            held.pending.clear()
        return await self._sessions.look(held, conversation_id)

    async def stream_run(
        self, conversation_id: str, assistant_id: str, options: JsonObject
    ) -> AsyncIterator[StreamEvent]:
        """Begin a turn and follow it."""
        held = self._begun(conversation_id)
        body = await self._session_body(held, assistant_id, options)
        if await self._is_ready(held, body):
            events = self._listen_while(held, conversation_id, partial(self._say, held))
        else:
            said: JsonObject = {"input": list(held.pending), "stream": True}
            events = self._listen_from_the_start(held, conversation_id, {**body, **said})
        async with aclosing(events):
            async for event in events:
                yield event

    async def retrieve_run(self, conversation_id: str, run_id: str) -> Run:
        """Look at the turn, and while it goes on at what the session waits for."""
        return await self._sessions.look(self._held[conversation_id], conversation_id)

    async def cancel_run(self, conversation_id: str, run_id: str) -> Run | None:
        """End the turn and wait until the session is quiet; None when it cannot be stopped."""
        held = self._held[conversation_id]
        try:
            await self._sessions.cancel(held)
        except AccountError as error:
            if error.failure in _NOT_STOPPABLE:
                return None
            raise
        run, waited, pause = await self._sessions.look(held, conversation_id), 0.0, 0.1
        while not run.is_final and waited < _STOPPING:
            await asyncio.sleep(pause)
            waited, pause = waited + pause, pause * 1.5
            run = await self._sessions.look(held, conversation_id)
        return run

    async def submit_outputs(self, run: Run, results: tuple[FunctionResult, ...]) -> Run:
        """Answer every call in its turn."""
        held = self._held[run.conversation_id]
        await self._answer(held, results)
        return await self._sessions.look(held, run.conversation_id)

    async def stream_outputs(
        self, run: Run, results: tuple[FunctionResult, ...]
    ) -> AsyncIterator[StreamEvent]:
        """Answer every call in its turn, and follow what comes of it."""
        held = self._held[run.conversation_id]
        answer = partial(self._answer, held, results)
        async with aclosing(self._listen_while(held, run.conversation_id, answer)) as events:
            async for event in events:
                yield event

    def _begun(self, conversation_id: str) -> Held:
        held = self._held[conversation_id]
        held.begin()
        return held

    async def _session_body(
        self, held: Held, assistant_id: str, options: JsonObject
    ) -> dict[str, JsonValue]:
        """What the conversation's session is made with, its input aside."""
        agent = await self._agent(assistant_id)
        template = read_metadata(agent.get("metadata")).get(ENVIRONMENT)
        body: dict[str, JsonValue] = {
            "environment": sandbox(options, template or None),
            "agent_id": assistant_id,
            "metadata": held.metadata,
        }
        otherwise = overrides(agent, options)
        return body | {"agent": otherwise} if otherwise else body

    async def _agent(self, assistant_id: str) -> JsonObject:
        if assistant_id not in self._agents:
            answer = await self._wire.get(path_to("agents", assistant_id))
            self._agents[assistant_id] = answer.read(as_object)
        return self._agents[assistant_id]

    async def _is_ready(self, held: Held, body: JsonObject) -> bool:
        """Whether there is a session, with all its files in place.

        There is none before its first input, unless there are files to put into its sandbox first.
        """
        if held.session is None and not held.files:
            return False
        if held.session is None:
            _raise_if_nowhere(body)
            await self._open(held, body)
        elif held.files and held.sandbox_id is None:
            raise _nowhere()
        for file_id, path in tuple(held.files.items()):
            await self._sessions.put(held, file_id, path)
            del held.files[file_id]
        return True

    async def _open(self, held: Held, body: JsonObject) -> None:
        await tracked(self._sessions.create(held, body), held.opened, grace=_GRACE)

    async def _say(self, held: Held) -> None:
        await self._sessions.say(held, messages_event(held.pending))
        held.pending.clear()

    async def _answer(self, held: Held, results: tuple[FunctionResult, ...]) -> None:
        events = [result_event(result, held.asking[result.call_id]) for result in results]
        await self._sessions.answer(held, events)
        held.answered |= {(held.asking[result.call_id], result.call_id) for result in results}

    # --- listening ---

    async def _listen_from_the_start(
        self, held: Held, conversation_id: str, body: JsonObject
    ) -> AsyncGenerator[StreamEvent, None]:
        """Make the session and hear all that happens in it."""
        attempts = Attempts(self._wire)
        while held.session is None:
            async with listening(self._wire, path_to(*SESSIONS), body) as listener:
                try:
                    await tracked(listener.first_session(), held.opened, grace=_GRACE)
                except AccountError as error:
                    await self._recover(held, error, attempts)
                held.pending.clear()
                async for event in self._heard(held, conversation_id, listener):
                    yield event

    async def _recover(self, held: Held, error: AccountError, attempts: Attempts) -> None:
        """After a lost answer the session is found; else wait to try again, or raise the error."""
        found = await self._sessions.find(held) if error.outcome_unknown else None
        if found is not None:
            held.opened(found)
        else:
            await attempts.wait(error)

    async def _listen_while(
        self, held: Held, conversation_id: str, speak: Callable[[], Awaitable[None]]
    ) -> AsyncGenerator[StreamEvent, None]:
        """Listen, then speak: nothing is told again to who comes late."""
        path = path_to(*SESSIONS, str(held.session_id), "events")
        async with listening(self._wire, path) as listener:
            await listener.until_open()
            await speak()
            async for event in self._heard(held, conversation_id, listener):
                yield event

    async def _heard(
        self, held: Held, conversation_id: str, listener: Listener
    ) -> AsyncGenerator[StreamEvent, None]:
        """Pieces of text, and the run whenever it is looked at; that alone ends it.

        What was told of it by then is still heard.
        """
        if held.session is None:
            return
        ear, silence = Ear(), _SILENCE
        run = await self._sessions.look(held, conversation_id)
        yield run
        while not listener.is_over:
            has_ended = run.is_final or run.wants_outputs
            event = await listener.next(_TAIL if has_ended else silence)
            if event is not None:
                held.heard_of(ear.begun_turn(event))
            if event is not None and (text := ear.token(event, held.turn)):
                yield Token(text)
            elif event is None or ear.calls_for_a_look(event):
                if has_ended:
                    return
                silence = min(silence * 1.5, _LONGEST_SILENCE) if event is None else _SILENCE
                run = await self._sessions.look(held, conversation_id)
                yield run

    # --- what came of a run ---

    async def usage(self, run: Run) -> Usage | None:
        """What the turn cost; it may be counted a moment after its end."""
        if run.usage is not None or run.status != "completed":
            return run.usage
        held = self._held[run.conversation_id]
        return (await self._sessions.counted(held, run.conversation_id)).usage

    async def reply(self, run: Run) -> Reply:
        """The last words of the turn."""
        return read_reply(await self._items(run))

    async def tool_calls(self, run: Run) -> tuple[ToolCall, ...]:
        """The tools that ran in the turn."""
        return read_tool_calls(await self._items(run))

    async def _items(self, run: Run) -> list[JsonObject]:
        """Read once: the reply and the tools are both in there."""
        held = self._held[run.conversation_id]
        if held.turn is None:
            return []
        if held.items is None:
            held.items = asyncio.ensure_future(self._sessions.items(held))
        return await held.items


def _raise_if_unfit(start: ConversationStart) -> None:
    """Refuse an opening that a session cannot have. Manifests are checked for it."""
    if any(said.role != "user" for said in start.messages):
        raise AccountError(
            "a session cannot be told what the assistant has said",
            failure=Failure.INVALID,
            fix="Take the message out of the case's `thread`, or limit the case with `targets:`.",
        )
    if start.vector_store is not None:
        raise AccountError(
            "a session has no vector stores",
            failure=Failure.INVALID,
            fix="Take it out of the case's `thread`, or limit the case with `targets:`.",
        )


def _raise_if_nowhere(body: JsonObject) -> None:
    if values.mapping(body.get("environment")).get("type") == "none":
        raise _nowhere()


def _nowhere() -> AccountError:
    return AccountError(
        "there is no sandbox to put the attachments of the case into",
        failure=Failure.INVALID,
        why="The agent has no environment, so its sessions hold no files.",
        fix="Give the assistant an `environment`, or limit the case with `targets:`.",
    )
