"""The states of a response, and the transitions between them.

As with runs, a transition names the states it may start from and compares them inside its
transaction: of two concurrent ones only the first happens, the other gives None.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import Any

from asstctl.emulator.ids import new_id
from asstctl.emulator.models.base import Usage
from asstctl.emulator.resources import Writer
from asstctl.emulator.responses import items
from asstctl.emulator.store.collections import (
    CONVERSATION_ITEMS,
    CONVERSATIONS,
    RESPONSE_ITEMS,
    RESPONSES,
    Body,
    decode,
    encode,
)
from asstctl.emulator.store.database import Database

ACTIVE = ("queued", "in_progress")


def create(
    writer: Writer, fields: Body, given: Iterable[Body], *, inner: Body, stored: bool
) -> Body:
    """Add a queued response with its input; ``inner`` is what it needs that the wire hides."""
    response: Body = {
        "id": new_id("resp_"),
        "object": "response",
        "created_at": writer.now,
        "status": "queued",
        "completed_at": None,
        "error": None,
        "incomplete_details": None,
        "usage": None,
    } | fields
    RESPONSES.insert(
        writer.connection,
        response,
        conversation_id=(fields["conversation"] or {}).get("id"),
        status="queued",
        owner=writer.owner,
        stored=int(stored),
        inner=encode(inner | {"prompt_tokens": 0, "completion_tokens": 0}),
    )
    for item in given:
        add_item(writer, response["id"], item, "input")
    return response


def add_item(writer: Writer, response_id: str, item: Body, part: str = "output") -> None:
    """Add an item of a response's ``input`` or ``output``."""
    RESPONSE_ITEMS.insert(writer.connection, item, response_id=response_id, part=part)


def save_item(writer: Writer, response_id: str, item: Body) -> None:
    """Replace an item of a response."""
    RESPONSE_ITEMS.set(
        writer.connection, item["id"], {"response_id": response_id}, body=encode(item)
    )


def find(database: Database, response_id: str) -> Body | None:
    """Give a response that can be read again, without its output; None when there is none."""
    return RESPONSES.find(database, response_id, stored=1)


def output(database: Database, response_id: str) -> list[Body]:
    """Give what a response has put out so far."""
    return RESPONSE_ITEMS.all(database, response_id=response_id, part="output")


def show(database: Database, response: Body, include: Collection[str]) -> Body:
    """Give a response as the wire shows it, with its output."""
    shown = items.show(output(database, response["id"]), include)
    return response | {"output": shown}


def inner_of(database: Database, response_id: str) -> Body:
    """Give what a response remembers beside its wire object."""
    row = RESPONSES.find_row(database, response_id)
    return decode(row["inner"]) if row else {}


def count_usage(writer: Writer, response_id: str, usage: Usage) -> None:
    """Add the tokens of a turn to those of the response."""
    inner = inner_of(writer.database, response_id)
    used = Usage.kept_in(inner) + usage
    RESPONSES.set(writer.connection, response_id, inner=encode(inner | asdict(used)))


def _usage(inner: Body) -> Body:
    used = Usage.kept_in(inner)
    return {
        "input_tokens": used.prompt_tokens,
        "input_tokens_details": {"cached_tokens": used.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": used.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": used.prompt_tokens + used.completion_tokens,
    }


def active_in(database: Database, conversation_id: str) -> Body | None:
    """Give the response that a conversation is locked by, None when it is free."""
    found = RESPONSES.all(database, conversation_id=conversation_id, status=ACTIVE)
    return found[0] if found else None


def move(
    writer: Writer, response_id: str, allowed: Collection[str], status: str, **fields: Any
) -> Body | None:
    """Put a response into another state, if it is in one of the ``allowed`` ones; else give None.

    Sets the usage when the state is a final one. What was answered then joins the conversation.
    """
    row = RESPONSES.find_row(writer.database, response_id)
    if row is None or row["status"] not in allowed:
        return None
    response = decode(row["body"]) | {"status": status} | fields
    if status == "completed":
        response["completed_at"] = writer.now
    if status not in ACTIVE:
        response["usage"] = _usage(decode(row["inner"]))
        _end_items(writer, response)
    owner = writer.owner if status in ACTIVE else row["owner"]
    RESPONSES.save(writer.connection, response, status=status, owner=owner)
    if status in {"completed", "incomplete"} and row["conversation_id"]:
        _join(writer, response_id, row["conversation_id"])
    return response


def _end_items(writer: Writer, response: Body) -> None:
    """Mark what a response leaves unfinished. Half a call is none: nobody could answer it."""
    for item in output(writer.database, response["id"]):
        if item.get("status") not in {"in_progress", "searching", "interpreting"}:
            continue
        if item["type"] == "function_call":
            RESPONSE_ITEMS.delete(writer.connection, item["id"], response_id=response["id"])
        else:
            save_item(writer, response["id"], item | {"status": "incomplete"})


def _join(writer: Writer, response_id: str, conversation_id: str) -> None:
    """Add input and output to the conversation, unless it was deleted meanwhile."""
    if CONVERSATIONS.find(writer.database, conversation_id) is None:
        return
    for item in RESPONSE_ITEMS.all(writer.database, response_id=response_id):
        CONVERSATION_ITEMS.insert(writer.connection, item, conversation_id=conversation_id)
