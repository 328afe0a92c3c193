"""Smoke values → wire: the requests that open a thread and add messages to it."""

from asstctl.model.json import JsonObject, JsonValue
from asstctl.smoke.ports import Attached, ConversationMessage, ConversationStart


def thread_body(start: ConversationStart) -> JsonObject:
    """The request that opens a thread."""
    resources: dict[str, JsonValue] = {}
    if start.code_files:
        resources["code_interpreter"] = {"file_ids": list(start.code_files)}
    if start.vector_store is not None:
        resources["file_search"] = {"vector_store_ids": [start.vector_store]}
    body: dict[str, JsonValue] = {}
    if start.messages:
        body["messages"] = [message_body(message) for message in start.messages]
    if resources:
        body["tool_resources"] = resources
    return body


def message_body(message: ConversationMessage) -> JsonObject:
    """The request that adds a message, or a message in the request that opens a thread."""
    body: dict[str, JsonValue] = {"role": message.role, "content": message.content}
    if message.attachments:
        body["attachments"] = [_attachment(item) for item in message.attachments]
    return body


def _attachment(item: Attached) -> JsonObject:
    return {"file_id": item.file_id, "tools": [{"type": tool} for tool in item.tools]}
