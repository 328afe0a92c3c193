"""A small Assistants server in process that misbehaves on command."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.remote.assistants.conversations import Conversations
from asstctl.remote.wire.connect import open_wire
from asstctl.remote.wire.endpoint import Endpoint

Answer = Callable[[Request], Awaitable[Response]]


@dataclass
class Server:
    """Serves objects from dictionaries. ``plan`` makes single requests go wrong.

    A planned answer replaces the real one; a planned ``("then", answer)`` does the real work
    first, so that only the answer is lost.
    """

    threads: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    stores: dict[str, dict[str, Any]] = field(default_factory=dict)
    store_files: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[str] = field(default_factory=lambda: ["in_progress", "completed"])
    poll_after: str | None = None
    with_run_ids: bool = True
    events: list[tuple[str, Any]] = field(default_factory=list)
    planned: dict[str, list[Any]] = field(default_factory=dict)
    journal: list[tuple[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    serial: int = 100

    def plan(self, request: str, *answers: Any) -> None:
        """``plan("POST /threads", 503, ("then", 503))``: what to answer instead, in turn."""
        self.planned.setdefault(request, []).extend(answers)

    def asked(self, request: str) -> list[Any]:
        return [body for asked, body in self.journal if asked == request]

    @asynccontextmanager
    async def account(self) -> AsyncIterator[Conversations]:
        transport = httpx2.ASGITransport(app=self.app)
        endpoint = Endpoint(root="http://local/v1", credentials={"Authorization": "Bearer sk-x"})
        async with open_wire(transport, endpoint, parallelism=4, seconds=120) as wire:
            yield Conversations(wire)

    @property
    def app(self) -> Starlette:
        routes: list[tuple[str, str, Answer]] = [
            ("GET", "/models", self._list_models),
            ("POST", "/files", self._upload),
            ("GET", "/files/{file}", self._get_file),
            ("DELETE", "/files/{file}", self._delete),
            ("POST", "/threads", self._create_thread),
            ("GET", "/threads/{thread}", self._get_thread),
            ("DELETE", "/threads/{thread}", self._delete),
            ("POST", "/threads/{thread}/messages", self._add_message),
            ("GET", "/threads/{thread}/messages", self._list_messages),
            ("POST", "/threads/{thread}/runs", self._start),
            ("GET", "/threads/{thread}/runs", self._list_runs),
            ("GET", "/threads/{thread}/runs/{run}", self._get_run),
            ("POST", "/threads/{thread}/runs/{run}/cancel", self._cancel),
            ("POST", "/threads/{thread}/runs/{run}/submit_tool_outputs", self._submit),
            ("GET", "/threads/{thread}/runs/{run}/steps", self._list_steps),
            ("GET", "/vector_stores/{store}", self._get_store),
            ("DELETE", "/vector_stores/{store}", self._delete),
            ("GET", "/vector_stores/{store}/files/{file}", self._get_store_file),
        ]
        return Starlette(
            routes=[
                Route(f"/v1{path}", self._guarded(f"{method} {path}", answer), methods=[method])
                for method, path, answer in routes
            ]
        )

    def _guarded(self, name: str, answer: Answer) -> Answer:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            is_json = request.headers.get("content-type", "").startswith("application/json")
            self.journal.append((name, json.loads(body) if is_json and body else None))
            self.headers.append(dict(request.headers))
            plan = self.planned.get(name)
            if not plan:
                return await answer(request)
            planned = plan.pop(0)
            if planned == "as usual":
                return await answer(request)
            if isinstance(planned, tuple):
                await answer(request)
                planned = planned[1]
            return _planned(planned)

        return endpoint

    def id(self, kind: str) -> str:
        self.serial += 1
        return f"{kind}_{self.serial}"

    async def _list_models(self, _: Request) -> Response:
        return _list(self.models)

    async def _upload(self, request: Request) -> Response:
        async with request.form() as form:
            upload = form["file"]
            assert not isinstance(upload, str)
            made: dict[str, Any] = {
                "id": self.id("file"),
                "filename": upload.filename,
                "purpose": form["purpose"],
                "bytes": len(await upload.read()),
            }
        self.files[made["id"]] = made
        return JSONResponse(made, 201)

    async def _get_file(self, request: Request) -> Response:
        return _found(self.files.get(request.path_params["file"]))

    async def _get_store(self, request: Request) -> Response:
        return _found(self.stores.get(request.path_params["store"]))

    async def _get_store_file(self, request: Request) -> Response:
        file_id = request.path_params["file"]
        found = self.store_files.get(file_id)
        return _found({"id": file_id, **found} if found else None)

    async def _delete(self, request: Request) -> Response:
        for kind, objects in (
            ("file", self.files),
            ("thread", self.threads),
            ("store", self.stores),
        ):
            if (name := request.path_params.get(kind)) is not None:
                gone = objects.pop(name, None)
                return JSONResponse({"id": name, "deleted": gone is not None})
        raise AssertionError

    async def _create_thread(self, request: Request) -> Response:
        body = json.loads(await request.body() or b"{}")
        thread = {"id": self.id("thread"), "created_at": self.serial, **body}
        self.threads[thread["id"]] = thread
        self.messages[thread["id"]] = []
        return JSONResponse(thread)

    async def _get_thread(self, request: Request) -> Response:
        return _found(self.threads.get(request.path_params["thread"]))

    async def _add_message(self, request: Request) -> Response:
        body = json.loads(await request.body())
        return JSONResponse(self.say(request.path_params["thread"], body["role"], body["content"]))

    def say(self, thread: str, role: str, text: str, **fields: Any) -> dict[str, Any]:
        """Put a message into a thread, as the server would."""
        block = {"type": "text", "text": {"value": text, "annotations": []}}
        message = {
            "id": self.id("msg"),
            "role": role,
            "created_at": self.serial,
            "content": [block],
        }
        self.messages[thread].insert(0, message | fields)
        return message

    async def _list_messages(self, request: Request) -> Response:
        found = self.messages[request.path_params["thread"]]
        return _list(found[: int(request.query_params.get("limit", 20))])

    async def _start(self, request: Request) -> Response:
        thread = request.path_params["thread"]
        run = {"id": self.id("run"), "thread_id": thread, "status": "queued"}
        self.runs[run["id"]] = run
        said = {"run_id": run["id"]} if self.with_run_ids else {}
        self.say(thread, "assistant", "Hello.", **said)
        if json.loads(await request.body()).get("stream"):
            return self._events(run)
        return JSONResponse(run)

    def _events(self, run: dict[str, Any]) -> Response:
        lines = [
            f"event: {name}\ndata: {data if isinstance(data, str) else json.dumps(run | data)}\n\n"
            for name, data in self.events
        ]
        return Response("".join(lines), media_type="text/event-stream")

    async def _list_runs(self, request: Request) -> Response:
        thread = request.path_params["thread"]
        return _list([run for run in reversed(self.runs.values()) if run["thread_id"] == thread])

    async def _get_run(self, request: Request) -> Response:
        run = self.runs.get(request.path_params["run"])
        if run is not None and self.statuses and run["status"] != "requires_action":
            run["status"] = self.statuses.pop(0)
        headers = {"openai-poll-after-ms": self.poll_after} if self.poll_after else {}
        return JSONResponse(run, headers=headers)

    async def _cancel(self, request: Request) -> Response:
        run = self.runs[request.path_params["run"]]
        run["status"] = "cancelling"
        return JSONResponse(run)

    async def _submit(self, request: Request) -> Response:
        run = self.runs[request.path_params["run"]]
        run["status"] = "queued"
        if json.loads(await request.body()).get("stream"):
            return self._events(run)
        return JSONResponse(run)

    async def _list_steps(self, _: Request) -> Response:
        return _list(self.steps)


def _found(value: dict[str, Any] | None) -> Response:
    if value is None:
        return JSONResponse({"error": {"message": "No such object", "code": None}}, 404)
    return JSONResponse(value)


def _list(items: Iterable[Any]) -> Response:
    return JSONResponse({"object": "list", "data": list(items), "has_more": False})


def _planned(answer: Any) -> Response:
    match answer:
        case int() as status:
            return JSONResponse({"error": {"message": "Overloaded", "type": "server"}}, status)
        case Response():
            return answer
        case BaseException():
            raise answer
        case _:
            return JSONResponse(answer)
