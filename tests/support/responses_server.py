"""A server of Responses and Conversations of its own, as strict as the real one.

Written from the protocol, with nothing of asstctl in it. Stores and files are those of ``Server``.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from openai.types.conversations.conversation_create_params import ConversationCreateParams
from openai.types.conversations.item_create_params import ItemCreateParams
from openai.types.responses.response_create_params import (
    ResponseCreateParamsNonStreaming,
    ResponseCreateParamsStreaming,
)
from pydantic import TypeAdapter, ValidationError
from starlette.responses import JSONResponse, Response, StreamingResponse

from support.server import Asked, Route, Server
from support.state import RefusedError

Json = Any
_PARAMS: Final = {
    kind: TypeAdapter[Any](kind)
    for kind in (
        ConversationCreateParams,
        ItemCreateParams,
        ResponseCreateParamsNonStreaming,
        ResponseCreateParamsStreaming,
    )
}


def says(text: str, **part: Any) -> Json:
    """A message of the assistant."""
    content = {"type": "output_text", "text": text, "annotations": [], **part}
    return {"type": "message", "role": "assistant", "status": "completed", "content": [content]}


def calls(name: str, arguments: str = "{}", call_id: str = "call_1") -> Json:
    """A call of a function."""
    return {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}


@dataclass
class Answer:
    """What comes of a response. ``looks`` are those that find it in progress, in the background."""

    output: list[Json]
    status: str = "completed"
    looks: int = 1
    fields: dict[str, Any] = field(default_factory=dict)


def hello(_: list[Json]) -> Answer:
    """Says hello to everything."""
    return Answer([says("Hello.")])


@dataclass
class Habits:
    """What a server does otherwise than the real one. Numbers are the status of a refusal."""

    conversations: int | None = None
    no_such_path_is_200: bool = False
    stored: bool = True
    previous: bool = True
    background: int | None = None
    streams: int | None = None
    ignores_options: bool = False
    delete: int | None = None
    usage_comes_late: bool = False
    no_usage: bool = False
    stream_doubles: bool = False
    stream_has_no_end: bool = False
    stream_ends_empty: bool = False
    stream_error: Json = None
    cancels: bool = True
    hangs: bool = False
    """A response in the background never ends by itself, nor does a stream."""


@dataclass(repr=False)
class ResponsesServer(Server):
    """The ASGI application. ``answer`` gives what comes of the items that a model would see."""

    habits: Habits = field(default_factory=Habits)
    answer: Callable[[list[Json]], Answer] = hello
    conversations: dict[str, list[Json]] = field(default_factory=dict)
    labels: dict[str, Json] = field(default_factory=dict)
    responses: dict[str, Json] = field(default_factory=dict)
    requests: dict[str, Json] = field(default_factory=dict)
    contexts: dict[str, list[Json]] = field(default_factory=dict)
    """What the model saw, with its own output, by response."""
    _due: dict[str, tuple[int, Answer]] = field(default_factory=dict)
    _numbers: Iterable[int] = field(default_factory=lambda: count(1))

    @property
    def left(self) -> list[str]:
        """Everything that is still there."""
        stores = [item["id"] for item in self.state.stores_shown()]
        files = [item["id"] for item in self.state.files_shown()]
        return [*self.conversations, *self.responses, *stores, *files]

    def _talk(self, asked: Asked) -> Iterable[Route]:
        body, conversation = asked.body, ("conversations", "*")
        return (
            ("GET", ("models",), lambda: self._page(self.models, more=False)),
            ("POST", ("conversations",), lambda: self._open(body)),
            ("DELETE", conversation, self._close),
            ("POST", (*conversation, "items"), lambda c: self._add(c, body)),
            ("GET", (*conversation, "items"), lambda c: self._newest_items(c, asked)),
            ("POST", ("responses",), lambda: self._respond(body)),
            ("GET", ("responses", "*"), lambda r: JSONResponse(self._look(r))),
            ("DELETE", ("responses", "*"), self._forget),
            ("POST", ("responses", "*", "cancel"), self._cancel),
        )

    # --- conversations ---

    def _open(self, body: Json) -> Response:
        if self.habits.no_such_path_is_200:
            return JSONResponse({"error": "Unexpected endpoint or method."})
        self._need_conversations()
        _refuse_misfits(ConversationCreateParams, body)
        self._check_items(body.get("items", []))
        made = f"conv_{next(iter(self._numbers))}"
        self.conversations[made] = list(body.get("items", []))
        self.labels[made] = body["metadata"]
        return JSONResponse({"id": made, "object": "conversation", "created_at": 1, **body})

    def _close(self, conversation: str) -> Response:
        if self.conversations.pop(conversation, None) is None:
            raise RefusedError(404, "no such conversation")
        return JSONResponse({"id": conversation, "deleted": True})

    def _add(self, conversation: str, body: Json) -> Response:
        self._need_conversations()
        _refuse_misfits(ItemCreateParams, body)
        self._check_items(body["items"])
        self.conversations[conversation] += body["items"]
        return JSONResponse({"object": "list", "data": body["items"]})

    def _newest_items(self, conversation: str, asked: Asked) -> Response:
        assert asked.query["order"] == "desc"
        items = [_shown(item) for item in self.conversations[conversation][::-1]]
        return JSONResponse({"object": "list", "data": items[: int(asked.query["limit"])]})

    def _need_conversations(self) -> None:
        if self.habits.conversations is not None:
            raise RefusedError(self.habits.conversations, "Not Found")

    def _check_items(self, items: list[Json]) -> None:
        if len(items) > 20:
            raise RefusedError(400, "at most 20 items")

    # --- responses ---

    def _respond(self, body: Json) -> Response:
        self._check(body)
        context = [*self._before(body), *body["input"]]
        _refuse_unanswered(context)
        if conversation := body.get("conversation"):
            self.conversations[conversation] += body["input"]
        answer = self.answer(context)
        response = {
            "id": f"resp_{next(iter(self._numbers))}",
            "object": "response",
            "status": "queued",
            "model": body["model"],
            "output": [],
            "usage": None,
            "background": bool(body.get("background")) and not self.habits.ignores_options,
        }
        self.contexts[response["id"]], self.requests[response["id"]] = context, body
        self.responses[response["id"]] = response
        if response["background"]:
            self._due[response["id"]] = answer.looks, answer
        else:
            self._finish(response, answer)
        if body.get("stream"):
            return self._stream(response, answer, body)
        told = {**response, "usage": None} if self.habits.usage_comes_late else dict(response)
        if not self._keeps(body):
            del self.responses[response["id"]]
        return JSONResponse(told)

    def _check(self, body: Json) -> None:
        streaming = body.get("stream")
        if streaming and self.habits.streams is not None:
            raise RefusedError(self.habits.streams, "streams are not supported")
        _refuse_misfits(
            ResponseCreateParamsStreaming if streaming else ResponseCreateParamsNonStreaming, body
        )
        if "conversation" in body and "previous_response_id" in body:
            raise RefusedError(400, "mutually exclusive")
        if not (body.get("model") and body.get("input")):
            raise RefusedError(400, "model and input are required")
        if body.get("background") and not self.habits.ignores_options:
            if self.habits.background is not None:
                raise RefusedError(self.habits.background, "background is not supported")
            if body.get("store") is False or not self.habits.stored:
                raise RefusedError(400, "background needs store")
        if body.get("conversation", "") not in ("", *self.conversations):
            raise RefusedError(404, "no such conversation")

    def _before(self, body: Json) -> list[Json]:
        if conversation := body.get("conversation"):
            return list(self.conversations[conversation])
        previous = body.get("previous_response_id")
        if previous is None or self.habits.ignores_options:
            return []
        if not self.habits.previous:
            raise RefusedError(400, "previous_response_id is not supported")
        if previous not in self.responses:
            raise RefusedError(404, f"Response with id {previous} not found")
        return self.contexts[previous]

    def _finish(self, response: Json, answer: Answer) -> None:
        usage: dict[str, Any] = {"input_tokens": 11, "output_tokens": 31, "total_tokens": 42}
        usage["input_tokens_details"] = {"cached_tokens": 4}
        output = [{"id": f"item_{n}", **item} for n, item in enumerate(answer.output)]
        counted = None if self.habits.no_usage else usage
        response |= {"status": answer.status, "output": output, "usage": counted} | answer.fields
        self.contexts[response["id"]] = [*self.contexts[response["id"]], *output]
        conversation = self.requests[response["id"]].get("conversation")
        if conversation in self.conversations:
            self.conversations[conversation] += output

    def _keeps(self, body: Json) -> bool:
        return self.habits.stored and body.get("store") is not False

    def _look(self, response_id: str) -> Json:
        response = self.responses.get(response_id)
        if response is None and self.habits.no_such_path_is_200:
            return {"error": "Unexpected endpoint or method."}
        if response is None:
            raise RefusedError(404, "no such response")
        looks, answer = self._due.pop(response_id, (0, None))
        if answer is not None:
            if looks or self.habits.hangs:
                self._due[response_id] = looks - 1, answer
                response["status"] = "in_progress"
            else:
                self._finish(response, answer)
        return response

    def _cancel(self, response_id: str) -> Response:
        response = self.responses.get(response_id)
        if response is None:
            raise RefusedError(404, "no such response")
        if not self.habits.cancels or not response["background"]:
            raise RefusedError(400, "Cannot cancel a synchronous response.")
        self._due.pop(response_id, None)
        response["status"] = "cancelled"
        return JSONResponse(response)

    def _forget(self, response_id: str) -> Response:
        if self.habits.delete is not None:
            raise RefusedError(self.habits.delete, "no such method")
        if self.responses.pop(response_id, None) is None:
            raise RefusedError(404, "no such response")
        return JSONResponse({"id": response_id, "deleted": True})

    # --- streaming ---

    def _stream(self, response: Json, answer: Answer, body: Json) -> Response:
        if self.habits.hangs:
            return StreamingResponse(_hanging(response), media_type="text/event-stream")
        events = list(self._events(response, answer, body))
        if self.habits.stream_doubles:
            events = [event for event in events for _ in range(2)]
        if not self._keeps(body):
            del self.responses[response["id"]]
        return Response("".join(map(_line, events)), media_type="text/event-stream")

    def _events(self, response: Json, answer: Answer, body: Json) -> Iterable[Json]:
        number = count()

        def event(kind: str, **fields: Any) -> Json:
            return {"type": kind, "sequence_number": next(number), **fields}

        start = {**response, "status": "in_progress", "output": [], "usage": None}
        yield event("response.created", response=start)
        if self.habits.stream_error is not None:
            yield event("error", **self.habits.stream_error)
            return
        for item in answer.output:
            for part in item.get("content", []):
                for piece in str(part.get("text", "")).split(" "):
                    yield event("response.output_text.delta", delta=piece)
            yield event("response.output_item.done", item=item)
        if self._due.pop(response["id"], None) is not None:
            self._finish(response, answer)
        if self.habits.stream_has_no_end:
            return
        told = dict(response)
        told |= {"usage": None} if self.habits.usage_comes_late else {}
        told |= {"output": []} if self.habits.stream_ends_empty else {}
        yield event(f"response.{answer.status}", response=told)


def _line(event: Json) -> str:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"


async def _hanging(response: Json) -> AsyncIterator[str]:
    """A stream that says that the response was made, and nothing more."""
    response["status"] = "in_progress"
    yield _line({"type": "response.created", "sequence_number": 0, "response": response})
    await asyncio.sleep(1e6)


def _refuse_misfits(kind: Any, body: Json) -> None:
    """Refuse what the SDK could not have sent: what its types do not know falls out of them."""
    try:
        sent = _plain(_PARAMS[kind].validate_python(body))
    except ValidationError as error:
        raise RefusedError(400, str(error)) from error
    if sent != body:
        raise RefusedError(400, f"unknown parameters: {body} is {sent} without them")


def _plain(value: Any) -> Json:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value


def _shown(item: Json) -> Json:
    """An item as the server gives it back: its content in parts."""
    if isinstance(item.get("content"), str):
        return {**item, "content": [{"type": "input_text", "text": item["content"]}]}
    return item


def _refuse_unanswered(context: list[Json]) -> None:
    called = {item["call_id"] for item in context if item.get("type") == "function_call"}
    answered = {item["call_id"] for item in context if item.get("type") == "function_call_output"}
    if missing := called - answered:
        raise RefusedError(400, f"No tool output found for function call {min(missing)}.")
