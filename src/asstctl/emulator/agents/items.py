"""The items of a session: what was said, called and answered, each in the turn it belongs to."""

import json
from typing import Any

from asstctl.emulator.ids import new_id
from asstctl.emulator.models.base import (
    CodeCall,
    FileSearchCall,
    FunctionCall,
    Image,
    Turn,
)
from asstctl.emulator.store.collections import SESSION_ITEMS, Body
from asstctl.emulator.store.database import Connection, Database

_INPUTS = frozenset({"function_call_output"})


def insert(connection: Connection, session_id: str, item: Body) -> None:
    """Add an item at the end of a session."""
    SESSION_ITEMS.insert(connection, item, session_id=session_id, turn_id=item["turn_id"])


def output_index(database: Database, item: Body) -> int | None:
    """Give the place of an item among its turn's outputs; None for what the application said."""
    outputs = [
        other["id"]
        for other in SESSION_ITEMS.all(database, turn_id=item["turn_id"])
        if _is_output(other)
    ]
    return outputs.index(item["id"]) if item["id"] in outputs else None


def _is_output(item: Body) -> bool:
    return item.get("role") != "user" and item["type"] not in _INPUTS


def user_message(turn_id: str, content: list[Body]) -> Body:
    """Make a message of the user."""
    return _item("msg_", "message", turn_id, "completed") | {
        "role": "user",
        "phase": None,
        "content": content,
    }


def message(turn_id: str) -> Body:
    """Make a message of the agent that has just begun. Its phase is known at its end."""
    return _item("msg_", "message", turn_id, "in_progress") | {
        "role": "assistant",
        "phase": None,
        "content": [],
    }


def with_text(item: Body, text: str, phase: str | None, status: str) -> Body:
    """Give a message of the agent with its text."""
    content = [{"type": "output_text", "text": text}]
    return item | {"content": content, "phase": phase, "status": status}


def command(turn_id: str, call: CodeCall) -> Body:
    """Make the record of a command that the model wanted and that did not run."""
    return _item("cmd_", "command_execution", turn_id, "failed") | {
        "command": call.code,
        "cwd": "/workspace",
        "output": call.logs,
        "exit_code": None,
        "duration_ms": None,
    }


def function_call(turn_id: str, call: FunctionCall) -> Body:
    """Make the record of a function call that waits for its answer."""
    return _item("fc_", "function_call", turn_id, "in_progress") | {
        "call_id": call.id,
        "name": call.name,
        "arguments": arguments(call),
    }


def arguments(call: FunctionCall) -> Any:
    """Give a call's arguments as an object; what the model wrote where that is none."""
    try:
        return json.loads(call.arguments)
    except ValueError:
        return call.arguments


def function_output(
    turn_id: str, call_id: str, output: str | list[Body] | None, error: str | None
) -> Body:
    """Make the record of what the application answered to a function call."""
    status = "completed" if error is None else "failed"
    return _item("fco_", "function_call_output", turn_id, status) | {
        "call_id": call_id,
        "output": output,
        "error": error,
    }


def search_report(turn_id: str, call: FileSearchCall) -> Body:
    """Make the account's own word on how the files of the environment were read."""
    paths = ", ".join(dict.fromkeys(found.file_name for found in call.results))
    told = f"found passages in {paths}" if paths else "found nothing that matches"
    text = f"[local account] Read the environment's files and {told}. No command was run."
    return with_text(message(turn_id), text, "commentary", "completed")


def turn_of(item: Body) -> Turn:
    """Give a message of the user as a model is told it."""
    texts = [part["text"] for part in item["content"] if part["type"] != "input_image"]
    urls = (part["image_url"] for part in item["content"] if part["type"] == "input_image")
    return Turn("user", "\n".join(texts), images=tuple(Image(url) for url in urls))


def text_of(item: Body) -> str:
    """Give the words of a message, and the names of its images."""
    return words(item["content"])


def words(content: list[Body]) -> str:
    """Give the words of what was said."""
    return "\n".join(
        f"[image {part['image_url']}]" if part["type"] == "input_image" else part["text"]
        for part in content
    )


def _item(prefix: str, kind: str, turn_id: str, status: str) -> Body:
    return {"id": new_id(prefix), "type": kind, "turn_id": turn_id, "status": status}
