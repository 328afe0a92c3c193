"""Threads and messages: how they are created, for the endpoints and for runs."""

from collections.abc import Iterable
from typing import Any

from asstctl.emulator import resources
from asstctl.emulator.errors import bad_request
from asstctl.emulator.ids import new_id
from asstctl.emulator.models.base import Image, Turn
from asstctl.emulator.requests.threads import CreateMessage, CreateThread, TextPart
from asstctl.emulator.resources import Writer
from asstctl.emulator.store import vectors
from asstctl.emulator.store.collections import MESSAGES, THREADS, Body

# What the original gave to a store that it made for a thread.
_THREAD_STORE_POLICY = {"anchor": "last_active_at", "days": 7}
_MAX_CODE_FILES = 20


def create_thread(writer: Writer, request: CreateThread, thread_id: str) -> Body:
    """Add a thread with its first messages; gives it as the wire shows it.

    Raises ApiError (400) when it names a file or a vector store that does not exist.
    """
    thread = {
        "id": thread_id,
        "object": "thread",
        "created_at": writer.now,
        "metadata": request.metadata or {},
        "tool_resources": resources.apply(
            writer, request.tool_resources, store_policy=_THREAD_STORE_POLICY
        ),
    }
    THREADS.insert(writer.connection, thread)
    for index, message in enumerate(request.messages or []):
        thread = add_message(writer, thread, message, f"messages[{index}].")[0]
    return thread


def add_message(
    writer: Writer, thread: Body, request: CreateMessage, at: str = ""
) -> tuple[Body, Body]:
    """Add a client's message; gives the thread (its stores may have grown) and the message.

    Raises ApiError (400) when an attachment names a file that does not exist, or is of a type that
    its tool does not take. ``at`` is the path of the message in the body, for that error.
    """
    content = _content(writer, request, at)
    thread = _attach(writer, thread, request, at)
    message = message_body(
        thread["id"], writer.now, role=request.role, content=content, status="completed"
    )
    message["attachments"] = [item.given() for item in request.attachments or []]
    message["metadata"] = request.metadata or {}
    MESSAGES.insert(writer.connection, message, thread_id=thread["id"])
    return thread, message


def message_body(thread_id: str, now: int, *, role: str, content: list[Body], status: str) -> Body:
    """Make a message object."""
    return {
        "id": new_id("msg_"),
        "object": "thread.message",
        "created_at": now,
        "assistant_id": None,
        "thread_id": thread_id,
        "run_id": None,
        "status": status,
        "incomplete_details": None,
        "completed_at": now if status == "completed" else None,
        "incomplete_at": None,
        "role": role,
        "content": content,
        "attachments": [],
        "metadata": {},
    }


def text_block(value: str, annotations: Iterable[Body] = ()) -> Body:
    """Make a text content block."""
    return {"type": "text", "text": {"value": value, "annotations": list(annotations)}}


def turn_of(message: Body) -> Turn:
    """Give a message as a model is told it. Only a user shows images; others' are named."""
    if message["role"] != "user":
        return Turn(message["role"], text_of(message))
    words = [part["text"]["value"] for part in message["content"] if part["type"] == "text"]
    images = (_image(part) for part in message["content"] if part["type"] != "text")
    return Turn("user", "\n".join(words), images=tuple(images))


def _image(block: Body) -> Image:
    given = block[block["type"]]
    return Image(given.get("url"), given.get("file_id"), given.get("detail"))


def text_of(message: Body) -> str:
    """Give the words of a message, and the names of its images."""
    parts = []
    for block in message["content"]:
        match block["type"]:
            case "text":
                parts.append(block["text"]["value"])
            case "image_file":
                parts.append(f"[image {block['image_file']['file_id']}]")
            case "image_url":
                # A URL may hold the image itself.
                url = block["image_url"]["url"]
                shown = url.partition(";")[0] if url.startswith("data:") else url
                parts.append(f"[image {shown}]")
    return "\n".join(parts)


def _content(writer: Writer, request: CreateMessage, at: str) -> list[Body]:
    if isinstance(request.content, str):
        if not request.content:
            raise bad_request(
                f"Invalid '{at}content': message content must be non-empty.",
                f"{at}content",
                "invalid_value",
            )
        return [text_block(request.content)]
    blocks: list[Body] = []
    for part in request.content:
        if isinstance(part, TextPart):
            blocks.append(text_block(part.text))
            continue
        body: dict[str, Any] = part.model_dump(mode="json")
        if "image_file" in body:
            resources.check_files(writer.database, [body["image_file"]["file_id"]], f"{at}content")
        blocks.append(body)
    return blocks


def _attach(writer: Writer, thread: Body, request: CreateMessage, at: str) -> Body:
    """Make a message's files available to the thread's tools, as the original did."""
    file_ids_of: dict[str, list[str]] = {"file_search": [], "code_interpreter": []}
    for attachment in request.attachments or []:
        resources.check_files(writer.database, [attachment.file_id], f"{at}attachments")
        for tool in attachment.tools:
            file_ids_of[tool.type].append(attachment.file_id)
    if not any(file_ids_of.values()):
        return thread
    kept = dict(thread["tool_resources"])
    if file_ids_of["file_search"]:
        resources.check_searchable(writer.database, file_ids_of["file_search"], f"{at}attachments")
        store_ids = resources.store_ids(kept)
        if not store_ids:
            store = vectors.create(
                writer.connection, writer.now, expires_after=_THREAD_STORE_POLICY
            )
            store_ids = [store["id"]]
        writer.attach(store_ids[0], resources.entries(file_ids_of["file_search"]))
        kept["file_search"] = {"vector_store_ids": store_ids}
    if file_ids_of["code_interpreter"]:
        attached = resources.code_file_ids(kept)
        file_ids = list(dict.fromkeys([*attached, *file_ids_of["code_interpreter"]]))
        if len(file_ids) > _MAX_CODE_FILES:
            raise bad_request(
                f"A thread can have at most {_MAX_CODE_FILES} code_interpreter files.",
                f"{at}attachments",
                "array_above_max_length",
            )
        kept["code_interpreter"] = {"file_ids": file_ids}
    thread = thread | {"tool_resources": kept}
    THREADS.save(writer.connection, thread)
    return thread
