"""Server-sent events of a run, as what smoke listens to."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from asstctl.model.json import JsonObject
from asstctl.remote.assistants.decode_runs import read_delta, read_run, thread_of
from asstctl.remote.wire.failures import garbage
from asstctl.remote.wire.sdk import sdk_events
from asstctl.remote.wire.wire import Wire
from asstctl.smoke.ports import StreamEvent, Token


@dataclass(frozen=True, slots=True)
class InThread:
    """The thread that a stream is about, told before all else."""

    id: str


ThreadEvent: TypeAlias = StreamEvent | InThread


async def stream_events(
    wire: Wire, path: str, body: JsonObject, conversation_id: str
) -> AsyncGenerator[ThreadEvent, None]:
    """Post ``body`` and yield text as it comes, and the run whenever it changes.

    The thread is yielded once, where an event names it. Raises AccountError when the request
    fails or the stream breaks off.
    """
    thread = ""
    async for event in sdk_events(wire, path, body):
        if not thread and (thread := _thread(event)):
            yield InThread(thread)
        if (read := _read(event, conversation_id)) is not None:
            yield read


async def thread_from(events: AsyncGenerator[ThreadEvent, None]) -> str:
    """The thread that a stream is about, from its first event. Raises GarbageError without one."""
    async for event in events:
        if isinstance(event, InThread):
            return event.id
        break
    raise garbage("a stream without a word about the thread")


def _thread(event: object) -> str:
    match event:
        case {"event": "thread.created", "data": {"id": str(thread)}}:
            return thread
        case {"event": str(name), "data": Mapping() as data} if _is_about_the_run(name):
            return thread_of(data)
        case _:
            return ""


def _read(event: object, conversation_id: str) -> StreamEvent | None:
    match event:
        case {"event": "thread.message.delta", "data": data}:
            text = read_delta(data)
            return Token(text) if text else None
        case {"event": str(name), "data": Mapping() as data} if _is_about_the_run(name):
            return read_run(data, conversation_id)
        case _:
            return None


def _is_about_the_run(name: str) -> bool:
    return name.startswith("thread.run.") and not name.startswith("thread.run.step.")
