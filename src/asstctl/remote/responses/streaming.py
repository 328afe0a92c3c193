"""Server-sent events of a response, as what smoke listens to."""

from collections.abc import AsyncGenerator, Mapping
from typing import Final, TypeAlias

from asstctl.model.json import JsonObject
from asstctl.remote.responses.decode_runs import is_over, read_response
from asstctl.remote.storage import values
from asstctl.remote.wire.sdk import sdk_events
from asstctl.remote.wire.wire import Wire
from asstctl.smoke.ports import Token
from asstctl.sync.ports import AccountError, Failure

_DELTAS: Final = frozenset({"response.output_text.delta", "response.refusal.delta"})

ResponseEvent: TypeAlias = Token | JsonObject
"""A piece of the reply, or the response as it is now."""


async def response_events(
    wire: Wire, path: str, body: JsonObject
) -> AsyncGenerator[ResponseEvent, None]:
    """Post ``body`` and yield text as it comes, and the response whenever its state changes.

    An event that comes again is left out. A response that ends without its output, as some servers
    send it, has the items that came before. Raises AccountError when the request fails, the stream
    breaks off, or the server sends an ``error``.
    """
    last, items = -1, []
    async for event in sdk_events(wire, path, body):
        if not isinstance(event, Mapping):
            continue
        number = values.number(event.get("sequence_number"))
        if number is not None and number <= last:
            continue
        last = last if number is None else int(number)
        match event:
            case {"type": str(kind), "delta": str(text)} if kind in _DELTAS and text:
                yield Token(text)
            case {"type": "response.output_item.done", "item": Mapping() as item}:
                items.append(item)
            case {"type": str(), "response": Mapping() as response}:
                yield _whole(read_response(response), items)
            case {"type": "error"}:
                raise _failed(event, wire, path)


def _whole(response: JsonObject, items: list[JsonObject]) -> JsonObject:
    if is_over(response) and items and not values.items(response.get("output")):
        return {**response, "output": items}
    return response


def _failed(event: JsonObject, wire: Wire, path: str) -> AccountError:
    said = ": ".join(filter(None, (values.text(event.get(name)) for name in ("code", "message"))))
    return AccountError(
        f"the account broke off the stream: POST {path}",
        failure=Failure.SERVER,
        why=wire.sensitive.text(said),
    )
