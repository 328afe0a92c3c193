"""An Assistants v2 server of its own: assistants, stores, files, threads; strict about requests.

Written from the protocol, with nothing of asstctl in it. What it accepts is what the published
request schemas accept; what it answers is bent by ``Quirks``, and where a test plans it, wrong.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from support.conversation import Conversation, RunScript
from support.quirks import Again, Deletes, ErrorShape, FileList, NotFound, Quirks
from support.state import RefusedError, State

Json = Any
Route = tuple[str, tuple[str, ...], Callable[..., Response]]
"""A method, the segments of a path, and what answers with the segments that ``*`` stands for."""
ROOT: Final = "/v1"
_IN_A_STORE: Final = re.compile(r"^/vector_stores/[^/]+/(files|file_batches)")
_REFUSALS: Final = (Deletes.NOT_FOUND, Deletes.NOT_ALLOWED, Deletes.NOT_IMPLEMENTED)
_NOT_FOUND: Final = {
    NotFound.STATUS_404: 404,
    NotFound.STATUS_400: 400,
    NotFound.STATUS_500: 500,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Json = None

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    def fits(self, request: str) -> bool:
        """Whether it is ``METHOD /path``; ``*`` stands for any one segment."""
        method, _, path = request.partition(" ")
        return self.method == method and _matches(self.path, _segments(path)) is not None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(repr=False)
class Server:
    """The ASGI application, its state and a journal of what it was asked."""

    collection: ClassVar[str] = "assistants"
    unknown_cursor: ClassVar[int] = 400
    """The status for a list after an object that is not there."""

    quirks: Quirks = field(default_factory=Quirks)
    script: RunScript = field(default_factory=RunScript)
    models: list[Json] = field(default_factory=list)
    state: State = field(init=False)
    conversation: Conversation = field(init=False)
    planned: dict[str, list[Any]] = field(default_factory=dict)
    journal: list[Asked] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = self.new_state()
        self.conversation = Conversation(self.state, self.script)

    def new_state(self) -> State:
        """An empty account."""
        return State(self.quirks)

    def plan(self, request: str, *answers: Any) -> None:
        """Let single requests go wrong: ``plan("POST /threads", 503, ("then", 503))``.

        Each answer is given once, in turn. It takes the place of the real one; after ``then`` the
        real work is done first, so that only the answer is lost. ``*`` stands for any one segment.
        """
        self.planned.setdefault(request, []).extend(answers)

    def asked(self, request: str) -> list[Json]:
        """The bodies of all requests that fit ``METHOD /path``, with ``*`` as in ``plan``."""
        return [asked.body for asked in self.journal if asked.fits(request)]

    @property
    def writes(self) -> list[Asked]:
        return [asked for asked in self.journal if asked.writes]

    def count(self, method: str, *path: str) -> int:
        """How often it was asked so; ``*`` stands for any one segment."""
        return sum(
            asked.method == method and _matches(asked.path, path) is not None
            for asked in self.journal
        )

    def forget(self) -> None:
        """Empty the journal."""
        self.journal.clear()
        self.headers.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        body = await self._body(request)
        path = request.url.path.removeprefix(ROOT)
        query = dict(parse_qsl(request.url.query))
        asked = Asked(request.method, path, query, body)
        self.journal.append(asked)
        self.headers.append(dict(request.headers))
        wrong = next((plan for name, plan in self.planned.items() if plan and asked.fits(name)), [])
        match wrong.pop(0) if wrong else None:
            case None:
                return self._act(asked, request)
            case ("then", answer):
                self._act(asked, request)
                return _planned(answer)
            case answer:
                return _planned(answer)

    def _act(self, asked: Asked, request: Request) -> Response:
        try:
            self._refuse_what_is_not_there(asked, request)
            return self._route(asked)
        except RefusedError as refused:
            return self._error(refused)

    async def _body(self, request: Request) -> Json:
        kind = request.headers.get("content-type", "")
        if kind.startswith("multipart/form-data"):
            async with request.form() as form:
                upload = form["file"]
                assert not isinstance(upload, str)
                fields = {name: form[name] for name in form if name != "file"}
                return {"filename": upload.filename, "content": await upload.read(), **fields}
        data = await request.body()
        return json.loads(data) if data else None

    def _refuse_what_is_not_there(self, asked: Asked, request: Request) -> None:
        quirks = self.quirks
        if quirks.nothing:
            raise RefusedError(quirks.nothing, "no such path")
        if quirks.no_store_files and _IN_A_STORE.search(asked.path):
            raise RefusedError(quirks.no_store_files, "no such path")
        if asked.method == "DELETE" and quirks.deletes and quirks.deletes in _REFUSALS:
            raise RefusedError(int(quirks.deletes), "no such path")
        if quirks.no_assistants and asked.path.startswith(f"/{self.collection}"):
            raise RefusedError(quirks.no_assistants, "no such path")
        if quirks.no_stores and asked.path.startswith("/vector_stores"):
            raise RefusedError(quirks.no_stores, "no such path")
        if quirks.file_list is FileList.MISSING and str(asked) == "GET /files":
            raise RefusedError(404, "no such path")
        empty_json = "json" in request.headers.get("content-type", "") and asked.body is None
        if quirks.refuses_empty_json and empty_json:
            raise RefusedError(400, "the body is not JSON")

    def _route(self, asked: Asked) -> Response:
        for method, pattern, act in (*self._objects(asked), *self._talk(asked)):
            names = _matches(asked.path, pattern)
            if asked.method == method and names is not None:
                return act(*names)
        raise RefusedError(404, f"unknown path {asked.path}")

    def _objects(self, asked: Asked) -> Iterable[Route]:
        """Assistants, vector stores and files."""
        state, one = self.state, (self.collection, "*")
        return (
            ("GET", one[:1], lambda: self._list(asked, state.assistants_shown())),
            ("POST", one[:1], lambda: self._made(state.create_assistant(asked.body))),
            ("GET", one, lambda i: self._one(state.show_assistant(i))),
            ("POST", one, lambda i: self._update_assistant(i, asked.body)),
            ("DELETE", one, lambda i: self._deleted(state.delete_assistant, i)),
            ("GET", ("vector_stores",), lambda: self._list(asked, state.stores_shown())),
            ("POST", ("vector_stores",), lambda: self._made(state.create_store(asked.body))),
            ("GET", ("vector_stores", "*"), lambda i: self._one(state.look_at_store(i))),
            ("POST", ("vector_stores", "*"), lambda i: self._update_store(i, asked.body)),
            ("DELETE", ("vector_stores", "*"), lambda i: self._deleted(state.delete_store, i)),
            ("GET", ("vector_stores", "*", "files"), lambda i: self._files_of(i, asked)),
            (
                "POST",
                ("vector_stores", "*", "file_batches"),
                lambda i: self._made(state.attach(i, asked.body)),
            ),
            (
                "DELETE",
                ("vector_stores", "*", "files", "*"),
                lambda i, f: self._deleted(lambda file: state.detach(i, file), f),
            ),
            (
                "POST",
                ("vector_stores", "*", "files", "*"),
                lambda i, f: self._one(state.set_attributes(i, f, asked.body)),
            ),
            (
                "GET",
                ("vector_stores", "*", "files", "*"),
                lambda i, f: self._one(state.show_attached(i, f)),
            ),
            ("GET", ("files", "*", "content"), lambda i: self._content(i)),
            ("GET", ("files", "*"), lambda i: self._one(state.show_file(i))),
            ("GET", ("files",), lambda: self._list(asked, state.files_shown())),
            ("POST", ("files",), lambda: self._made(state.upload(asked.body))),
            ("DELETE", ("files", "*"), lambda i: self._deleted(state.delete_file, i)),
        )

    def _talk(self, asked: Asked) -> Iterable[Route]:
        """Models, threads, messages and runs."""
        talk, body = self.conversation, asked.body
        thread = ("threads", "*")
        runs, run = (*thread, "runs"), (*thread, "runs", "*")
        return (
            ("GET", ("models",), lambda: self._page(self.models, more=False)),
            ("POST", ("threads",), lambda: self._made(talk.create_thread(body))),
            ("GET", ("threads",), lambda: self._list(asked, talk.threads_shown())),
            ("POST", ("threads", "runs"), lambda: talk.begin(body)),
            ("GET", thread, lambda t: self._one(talk.threads.get(t))),
            ("DELETE", thread, lambda t: self._deleted(talk.delete_thread, t)),
            (
                "POST",
                (*thread, "messages"),
                lambda t: self._made(talk.say(t, body["role"], body["content"])),
            ),
            ("GET", (*thread, "messages"), lambda t: self._newest(asked, talk.messages[t])),
            ("GET", (*thread, "messages", "*"), lambda t, m: self._one(talk.message(t, m))),
            ("POST", runs, lambda t: talk.start(t, body)),
            ("GET", runs, lambda t: self._newest(asked, talk.runs_of(t))),
            ("GET", run, lambda _, r: talk.look_at(r)),
            ("POST", (*run, "cancel"), lambda _, r: self._one(talk.cancel(r))),
            ("POST", (*run, "submit_tool_outputs"), lambda _, r: talk.submit(r, body)),
            ("GET", (*run, "steps"), lambda _, r: self._page(talk.steps_of(r), more=False)),
        )

    def _one(self, shown: Json) -> Response:
        if shown is None:
            return self._not_found()
        return JSONResponse(shown)

    def _made(self, shown: Json) -> Response:
        return JSONResponse(shown, 201 if self.quirks.created_is_201 else 200)

    def _update_assistant(self, assistant_id: str, body: Json) -> Response:
        if assistant_id not in self.state.assistants:
            return self._not_found()
        return self._one(self.state.update_assistant(assistant_id, body))

    def _update_store(self, store_id: str, body: Json) -> Response:
        if store_id not in self.state.stores:
            return self._not_found()
        return self._one(self.state.update_store(store_id, body))

    def _files_of(self, store_id: str, asked: Asked) -> Response:
        if store_id not in self.state.stores:
            return self._not_found()
        return self._list(asked, self.state.attached_shown(store_id))

    def _content(self, file_id: str) -> Response:
        if not self.quirks.gives_content:
            raise RefusedError(400, "Not allowed to download files of purpose: assistants")
        file = self.state.files.get(file_id)
        return self._not_found() if file is None else Response(file.content)

    def _deleted(self, delete: Callable[[str], bool], identifier: str) -> Response:
        if self.quirks.deletes is not None:
            claimed = self.quirks.deletes is Deletes.CLAIMED
            return JSONResponse({"id": identifier, "deleted": claimed})
        was_there = delete(identifier)
        if not was_there and self.quirks.again is Again.NOT_FOUND:
            return self._not_found()
        deleted = was_there or self.quirks.again is Again.DELETED
        return JSONResponse({"id": identifier, "deleted": deleted})

    def _not_found(self) -> Response:
        if self.quirks.not_found is NotFound.NULL:
            return JSONResponse(None)
        return self._error(RefusedError(_NOT_FOUND[self.quirks.not_found], "no such object"))

    def _newest(self, asked: Asked, items: list[dict[str, Any]]) -> Response:
        limit = int(asked.query.get("limit", 20))
        return self._page(items[:limit], more=len(items) > limit)

    def _list(self, asked: Asked, shown: list[dict[str, Any]]) -> Response:
        """One page. ``shown`` is in the order in which the objects were made."""
        quirks, query = self.quirks, asked.query
        descending = query.get("order", "desc") == "desc" or quirks.ignores_order
        if quirks.loses_ties or quirks.skips_ties:
            items = sorted(shown, key=lambda item: item["created_at"], reverse=descending)
        else:
            items = shown[::-1] if descending else shown
        if asked.path == "/files" and quirks.file_list is FileList.WHOLE:
            return JSONResponse({"data": items})
        most = 10_000 if asked.path == "/files" else 100
        limit = int(query.get("limit", 20))
        if not 1 <= limit <= most:
            raise RefusedError(400, f"limit must be between 1 and {most}")
        limit = min(limit, quirks.caps_limit or most)
        if quirks.ignores_limit:
            return self._page(items[:20], more=False)
        items = self._after(items, query.get("after"), descending=descending)
        return self._page(items[:limit], more=len(items) > limit)

    def _after(
        self, items: list[dict[str, Any]], after: str | None, *, descending: bool
    ) -> list[dict[str, Any]]:
        if after is None or self.quirks.ignores_after:
            return items
        if self.quirks.refuses_after:
            raise RefusedError(400, "unknown parameter: after")
        place = next((i for i, item in enumerate(items) if item["id"] == after), None)
        if place is None:
            raise RefusedError(self.unknown_cursor, f"no such cursor: {after}")
        if self.quirks.skips_ties:
            second = items[place]["created_at"]
            rest = items[place + 1 :]
            return [item for item in rest if item["created_at"] != second]
        if not self.quirks.loses_ties:
            return items[place + 1 :]
        last = items[place]["created_at"], items[place]["id"]

        def beyond(item: dict[str, Any]) -> bool:
            here = item["created_at"], item["id"]
            return here < last if descending else here > last

        return [item for item in items if beyond(item)]

    def _page(self, items: list[Json], *, more: bool) -> Response:
        if self.quirks.doubles_items:
            items = [item for item in items for _ in range(2)]
        ids = [item.get("id") for item in items if isinstance(item, dict)]
        body: dict[str, Any] = {
            "object": "list",
            "data": items,
            "first_id": ids[0] if ids else None,
            "last_id": ids[-1] if ids else None,
            "has_more": more and not self.quirks.denies_more,
        }
        if self.quirks.omits_has_more:
            del body["has_more"]
        if self.quirks.omits_list_object:
            del body["object"]
        return JSONResponse(body)

    def _error(self, refused: RefusedError) -> Response:
        status, message = refused.status, refused.message
        headers = {"x-request-id": f"req_{len(self.journal)}"}
        match self.quirks.errors:
            case ErrorShape.ENVELOPE:
                error = {"message": message, "type": "invalid_request_error", "code": None}
                return JSONResponse({"error": error}, status, headers)
            case ErrorShape.STRING:
                return JSONResponse({"error": message}, status)
            case ErrorShape.DETAIL:
                return JSONResponse({"detail": message}, status)
            case ErrorShape.DETAILS:
                return JSONResponse({"detail": [{"loc": ["body"], "msg": message}]}, status)
            case ErrorShape.MESSAGE:
                return JSONResponse({"message": message}, status)
            case ErrorShape.PLAIN:
                return PlainTextResponse(message, status)
            case ErrorShape.HTML:
                page = f"<html><head><style>p {{}}</style></head><p>{message}</p></html>"
                return HTMLResponse(page, status)
            case ErrorShape.EMPTY:
                return Response(status_code=status)


def _planned(answer: Any) -> Response:
    match answer:
        case int() as status:
            return JSONResponse({"error": {"message": "Overloaded", "type": "server"}}, status)
        case BaseException():
            raise answer
        case Response():
            return answer
    raise AssertionError(answer)


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


def _matches(path: str, pattern: tuple[str, ...]) -> list[str] | None:
    """The segments that stand for ``*``; None when ``path`` is another one."""
    segments = _segments(path)
    if len(segments) != len(pattern):
        return None
    if any(want not in ("*", segment) for want, segment in zip(pattern, segments, strict=True)):
        return None
    return [segment for want, segment in zip(pattern, segments, strict=True) if want == "*"]
