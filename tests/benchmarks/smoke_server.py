"""The tests' own Assistants server, 20 ms away; its runs take the time that prompts ask for.

``python -m benchmarks.smoke_server SECONDS`` serves as ``benchmarks.sync_server`` does.
"""

import sys
import time
from typing import Any

from starlette.responses import JSONResponse, Response

from support.conversation import Conversation
from support.server import Server

from .smoke_work import seconds_of
from .sync_server import serve


class Thinking(Conversation):
    """A run has ended when its time is over; its step names the message that it wrote."""

    def begin(self, body: Any) -> Response:
        answer = super().begin(body)
        *_, run = self.runs.values()
        prompt = body["thread"]["messages"][-1]["content"]
        run["over"] = time.monotonic() + seconds_of(prompt)
        return answer

    def look_at(self, run_id: str) -> Response:
        run = self.runs[run_id]
        run["status"] = "completed" if time.monotonic() >= run["over"] else "in_progress"
        return JSONResponse(run)

    def steps_of(self, run_id: str) -> list[Any]:
        messages = self.messages[self.runs[run_id]["thread_id"]]
        (written,) = (item["id"] for item in messages if item.get("run_id") == run_id)
        details = {"type": "message_creation", "message_creation": {"message_id": written}}
        return [{"id": f"step_of_{run_id}", "type": details["type"], "step_details": details}]


def server() -> Server:
    """An empty account with such a model."""
    made = Server()
    made.conversation = Thinking(made.state, made.script)
    return made


if __name__ == "__main__":
    serve(server(), float(sys.argv[1]))
