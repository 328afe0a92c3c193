"""The least server that an apply can be measured against: dictionaries, 20 ms away.

``python -m tests.benchmarks.sync_server SECONDS`` prints its base URL and serves until it is
terminated. ``GET /stats`` tells how many requests came since it was last asked.
"""

import asyncio
import json
import re
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

import uvicorn
from starlette.types import Message, Receive, Scope, Send

_FILENAME: Final = re.compile(rb'filename="([^"]*)"')
_MULTIPART_HEAD: Final = 1024
Json = dict[str, Any]


@dataclass
class Server:
    """An ASGI application over three dictionaries."""

    latency: float
    objects: dict[str, dict[str, Json]] = field(
        default_factory=lambda: {"assistants": {}, "vector_stores": {}, "files": {}}
    )
    attached: dict[str, dict[str, Json]] = field(default_factory=dict)
    requests: int = 0
    serial: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"].removeprefix("/v1").strip("/")
        if path == "stats":
            count, self.requests = self.requests, 0
            await _answer(send, {"requests": count})
            return
        self.requests += 1
        head, size = await _read(receive)
        await asyncio.sleep(self.latency)
        query = dict(parse_qsl(scope["query_string"].decode()))
        await _answer(send, self._act(scope["method"], path.split("/"), query, head, size))

    def _act(
        self, method: str, path: list[str], query: dict[str, str], head: bytes, size: int
    ) -> Json:
        match method, path:
            case "POST", ["files"]:
                return self._upload(head, size)
            case "POST", [kind]:
                return self._create(kind, json.loads(head))
            case "POST", ["vector_stores", store, "file_batches"]:
                return self._attach(store, json.loads(head))
            case "POST", [kind, identifier]:
                self.objects[kind][identifier] |= json.loads(head)
                return self.objects[kind][identifier]
            case "GET", [kind]:
                return _page(self.objects[kind], query)
            case "GET", [kind, identifier]:
                return self.objects[kind][identifier]
            case "GET", ["vector_stores", store, "files"]:
                return _page(self.attached[store], query)
            case "DELETE", ["vector_stores", store, "files", file]:
                self._detach(store, file)
            case "DELETE", [kind, identifier]:
                del self.objects[kind][identifier]
        return {"id": path[-1], "deleted": True}

    def _made(self, prefix: str) -> Json:
        self.serial += 1
        return {"id": f"{prefix}_{self.serial:024}", "created_at": 1_790_000_000 + self.serial}

    def _create(self, kind: str, body: Json) -> Json:
        made = self._made(kind) | body
        if kind == "vector_stores":
            made |= {"object": "vector_store", "status": "completed", "file_counts": _counts(0)}
            self.attached[made["id"]] = {}
        else:
            made |= {"object": "assistant", "tools": body.get("tools", [])}
        self.objects[kind][made["id"]] = made
        return made

    def _upload(self, head: bytes, size: int) -> Json:
        name = _FILENAME.search(head)
        start = head.index(b"\r\n\r\n", name.end() if name else 0)
        boundary = head[: head.index(b"\r\n")]
        rest = size - start - 4 - len(b"\r\n") - len(boundary) - len(b"--\r\n")
        made = self._made("file") | {
            "object": "file",
            "filename": name[1].decode() if name else "",
            "bytes": rest,
            "purpose": "assistants",
            "status": "processed",
        }
        self.objects["files"][made["id"]] = made
        return made

    def _attach(self, store: str, body: Json) -> Json:
        for entry in body["files"]:
            self.attached[store][entry["file_id"]] = {
                "id": entry["file_id"],
                "object": "vector_store.file",
                "status": "completed",
                "attributes": entry.get("attributes", {}),
            }
        self._count(store)
        return {"id": "batch", "object": "vector_store.files_batch", "status": "completed"}

    def _detach(self, store: str, file: str) -> None:
        del self.attached[store][file]
        self._count(store)

    def _count(self, store: str) -> None:
        self.objects["vector_stores"][store]["file_counts"] = _counts(len(self.attached[store]))


def _counts(total: int) -> Json:
    return {"in_progress": 0, "completed": total, "failed": 0, "cancelled": 0, "total": total}


def _page(objects: dict[str, Json], query: dict[str, str]) -> Json:
    """Newest first. Identifiers are in the order of time, so the cursor is found by comparison."""
    limit, after = int(query.get("limit", 20)), query.get("after")
    ids = list(objects)[::-1]
    if after is not None:
        ids = ids[ids.index(after) + 1 :]
    data = [objects[identifier] for identifier in ids[:limit]]
    return {"object": "list", "data": data, "has_more": len(ids) > limit}


async def _read(receive: Receive) -> tuple[bytes, int]:
    """The beginning of a body, all of it unless it is a large file, and its length."""
    head, size = b"", 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if len(head) < _MULTIPART_HEAD or size < 1 << 20:
            head += chunk
        if not message.get("more_body"):
            return head, size


async def _answer(send: Callable[[Message], Any], body: Json) -> None:
    data = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(data))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": data})


def main() -> None:
    """Serve on any free port of the loopback interface."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio would not do it
    print(f"http://127.0.0.1:{listening.getsockname()[1]}/v1", flush=True)
    config = uvicorn.Config(Server(float(sys.argv[1])), log_level="critical", lifespan="off")
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
