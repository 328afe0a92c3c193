"""Threads, their messages and their runs. Every run says hello; a script says how it goes on."""

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response

from support.state import RefusedError, State

Json = Any


@dataclass
class RunScript:
    """How runs go.

    ``statuses`` are what looks at a run find, in turn; the last one stays. ``events`` are what
    a stream tells, each with what it changes of the run, or with a text.
    """

    statuses: list[str] = field(default_factory=lambda: ["in_progress", "completed"])
    events: list[tuple[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    poll_after: str | None = None
    """Milliseconds that the server asks to wait between two looks."""
    with_run_ids: bool = True
    """Whether messages name the run that wrote them."""
    begins_threads: bool = True
    """Whether there is a request that makes a thread and a run of it."""
    lists_threads: bool = False
    tools: list[Json] | None = None
    """What runs say they may use; None: nothing."""

    def stream(self, run: dict[str, Any]) -> Response:
        lines = [
            f"event: {name}\ndata: {data if isinstance(data, str) else json.dumps(run | data)}\n\n"
            for name, data in self.events
        ]
        return Response("".join(lines), media_type="text/event-stream")


class Conversation:
    """What is said in an account."""

    def __init__(self, state: State, script: RunScript) -> None:
        self.script = script
        self.threads: dict[str, dict[str, Any]] = {}
        self.messages: dict[str, list[dict[str, Any]]] = {}
        """Newest first."""
        self.runs: dict[str, dict[str, Any]] = {}
        self._state = state

    def create_thread(self, body: Json) -> Json:
        made = self._state.tick()
        thread = {
            "id": self._state.new_id("thread"),
            "created_at": self._state.time(made),
            **(body or {}),
        }
        self.threads[thread["id"]] = thread
        self.messages[thread["id"]] = []
        for message in thread.get("messages", ()):
            self.say(thread["id"], message["role"], message["content"])
        return thread

    def threads_shown(self) -> list[Json]:
        if not self.script.lists_threads:
            raise RefusedError(404, "no such path")
        return list(self.threads.values())

    def begin(self, body: Json) -> Response:
        """Make a thread and start a run of it."""
        if not self.script.begins_threads:
            raise RefusedError(405, "no such path")
        thread = self.create_thread(body["thread"])
        return self.start(thread["id"], body)

    def delete_thread(self, thread_id: str) -> bool:
        return self.threads.pop(thread_id, None) is not None

    def say(self, thread: str, role: str, text: str, **fields: Any) -> dict[str, Any]:
        """Put a message into a thread, as the server would."""
        made = self._state.tick()
        block = {"type": "text", "text": {"value": text, "annotations": []}}
        message = {
            "id": self._state.new_id("msg"),
            "role": role,
            "created_at": self._state.time(made),
            "content": [block],
        }
        self.messages[thread].insert(0, message | fields)
        return message

    def message(self, thread: str, message_id: str) -> Json:
        return next((item for item in self.messages[thread] if item["id"] == message_id), None)

    def start(self, thread: str, body: Json) -> Response:
        self._state.tick()
        run: Json = {"id": self._state.new_id("run"), "thread_id": thread, "status": "queued"}
        if self.script.tools is not None:
            run["tools"] = self.script.tools
        self.runs[run["id"]] = run
        said = {"run_id": run["id"]} if self.script.with_run_ids else {}
        self.say(thread, "assistant", "Hello.", **said)
        return self._followed(run, body)

    def runs_of(self, thread: str) -> list[Json]:
        return [run for run in reversed(self.runs.values()) if run["thread_id"] == thread]

    def look_at(self, run_id: str) -> Response:
        run = self.runs.get(run_id)
        script = self.script
        if run is not None and script.statuses and run["status"] != "requires_action":
            run["status"] = script.statuses.pop(0)
        headers = {"openai-poll-after-ms": script.poll_after} if script.poll_after else {}
        return JSONResponse(run, headers=headers)

    def steps_of(self, run_id: str) -> list[Json]:
        return self.script.steps

    def cancel(self, run_id: str) -> Json:
        self.runs[run_id]["status"] = "cancelling"
        return self.runs[run_id]

    def submit(self, run_id: str, body: Json) -> Response:
        self.runs[run_id]["status"] = "queued"
        return self._followed(self.runs[run_id], body)

    def _followed(self, run: dict[str, Any], body: Json) -> Response:
        return self.script.stream(run) if body.get("stream") else JSONResponse(run)
