"""A GitHub on loopback: comments and issues of one repository, with what a token may do."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghs_aTokenOfTheWorkflow0123456789"
BOT = {"login": "github-actions[bot]", "type": "Bot"}
SOMEBODY = {"login": "somebody", "type": "User"}
OTHER_BOT = {"login": "repeats-everything[bot]", "type": "Bot"}


@dataclass
class FakeGitHub:
    """What the server holds. ``read_only`` is a token from a fork; ``down`` answers 502."""

    repository: str
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    issues: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    merged: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Pull requests by the commit that they became."""
    requests: list[str] = field(default_factory=list)
    read_only: bool = False
    down: bool = False
    url: str = ""

    def write(self, number: int, body: str, user: dict[str, str] = SOMEBODY) -> dict[str, Any]:
        """Somebody comments."""
        comments = self.comments.setdefault(number, [])
        made = {"id": 1000 * number + len(comments), "body": body, "user": user}
        comments.append(made)
        return made

    def open_issue(self, body: str, user: dict[str, str] = SOMEBODY, **more: Any) -> dict[str, Any]:
        """Somebody opens an issue."""
        number = len(self.issues) + 1
        made = {"number": number, "body": body, "user": user, "state": "open", "title": ""} | more
        self.issues.append(made)
        return made

    def answer(self, method: str, target: str, token: str | None, body: Any) -> tuple[int, Any]:
        """One request, authorised and routed as GitHub does."""
        self.requests.append(f"{method} {target}")
        if self.down:
            return 502, {"message": "Bad Gateway"}
        if token != f"Bearer {TOKEN}":
            return 401, {"message": "Bad credentials"}
        parts = urlsplit(target)
        path = parts.path.removeprefix(f"/repos/{self.repository}")
        if path == "/graphql":
            assert body == {"query": "query { viewer { login } }"}
            return 200, {"data": {"viewer": {"login": BOT["login"]}}}
        if method != "GET" and self.read_only:
            return 403, {"message": "Resource not accessible by integration"}
        if body is not None and len(body.get("body", "")) > 65_536:
            return 422, {"message": "Validation Failed: body is too long"}
        return self._route(method, path, parse_qs(parts.query), body)

    def _route(
        self, method: str, path: str, query: dict[str, list[str]], body: Any
    ) -> tuple[int, Any]:
        if found := re.fullmatch(r"/issues/(\d+)/comments", path):
            number = int(found[1])
            if method == "POST":
                return 201, self.write(number, body["body"], BOT)
            return 200, _page(self.comments.get(number, []), query)
        if found := re.fullmatch(r"/issues/comments/(\d+)", path):
            (comment,) = (
                item
                for comments in self.comments.values()
                for item in comments
                if item["id"] == int(found[1])
            )
            comment.update(body)
            return 200, comment
        if path == "/issues":
            if method == "POST":
                return 201, self.open_issue(user=BOT, **body)
            opened = [item for item in self.issues if item["state"] == query["state"][0]]
            return 200, _page(opened, query)
        if found := re.fullmatch(r"/commits/([0-9a-f]{40})/pulls", path):
            return 200, _page(self.merged.get(found[1], []), query)
        if path == "/pulls":
            if method == "POST":
                made = {"number": len(self.pulls) + 1, "state": "open"} | body
                self.pulls.append(made)
                return 201, made
            return 200, [
                pull
                for pull in self.pulls
                if all([pull[name]] == query[name] for name in ("head", "base", "state"))
            ]
        if found := re.fullmatch(r"/issues/(\d+)", path):
            issue = self.issues[int(found[1]) - 1]
            issue.update(body)
            return 200, issue
        return 404, {"message": "Not Found"}


def _page(items: list[dict[str, Any]], query: dict[str, list[str]]) -> list[dict[str, Any]]:
    size, page = int(query["per_page"][0]), int(query["page"][0])
    return items[(page - 1) * size : page * size]


@contextmanager
def serving(github: FakeGitHub) -> Iterator[FakeGitHub]:
    """The server, as long as it is needed."""

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            token = self.headers.get("Authorization")
            status, answer = github.answer(self.command, self.path, token, body)
            raw = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PATCH = _any  # noqa: N815 - the names of the base class

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    github.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield github
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
