"""Server-sent events of a run, as what smoke listens to."""

from collections.abc import AsyncIterator, Mapping

from asstctl.model.json import JsonObject
from asstctl.remote.assistants.decode_runs import read_delta, read_run
from asstctl.remote.wire.sdk import sdk_events
from asstctl.remote.wire.wire import Wire
from asstctl.smoke.ports import StreamEvent, Token


async def stream_events(
    wire: Wire, path: str, body: JsonObject, conversation_id: str
) -> AsyncIterator[StreamEvent]:
    """Post ``body`` and yield text as it comes, and the run whenever it changes.

    Raises AccountError when the request fails or the stream breaks off.
    """
    async for event in sdk_events(wire, path, body):
        if (read := _read(event, conversation_id)) is not None:
            yield read


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
