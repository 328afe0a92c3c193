"""Smoke values → wire: the requests that open a thread, add messages to it and run it."""

from collections.abc import Iterable
from typing import Final

from asstctl.model.json import JsonObject, JsonValue
from asstctl.smoke.ports import Attached, ConversationMessage, ConversationStart, FunctionResult

_OF_RUNS_ALONE: Final = frozenset(
    {"additional_instructions", "additional_messages", "reasoning_effort"}
)
"""Options that a run of a thread takes, and one that begins with its thread does not."""


def begins_thread(options: JsonObject) -> bool:
    """Whether a run with these options can be started together with its thread."""
    return not _OF_RUNS_ALONE & options.keys()


def thread_body(
    start: ConversationStart,
    metadata: JsonObject,
    prompts: Iterable[ConversationMessage] = (),
) -> JsonObject:
    """The request that opens a thread, or the thread in the request that also runs it.

    ``prompts`` follow what the conversation starts with.
    """
    resources: dict[str, JsonValue] = {}
    if start.code_files:
        resources["code_interpreter"] = {"file_ids": list(start.code_files)}
    if start.vector_store is not None:
        resources["file_search"] = {"vector_store_ids": [start.vector_store]}
    body: dict[str, JsonValue] = {"metadata": metadata}
    if messages := [message_body(message) for message in (*start.messages, *prompts)]:
        body["messages"] = messages
    if resources:
        body["tool_resources"] = resources
    return body


def message_body(message: ConversationMessage) -> JsonObject:
    """The request that adds a message, or a message in the request that opens a thread."""
    body: dict[str, JsonValue] = {"role": message.role, "content": message.content}
    if message.attachments:
        body["attachments"] = [_attachment(item) for item in message.attachments]
    return body


def outputs_body(results: Iterable[FunctionResult]) -> JsonObject:
    """The request that answers calls."""
    outputs = [{"tool_call_id": item.call_id, "output": item.output} for item in results]
    return {"tool_outputs": outputs}


def _attachment(item: Attached) -> JsonObject:
    return {"file_id": item.file_id, "tools": [{"type": tool} for tool in item.tools]}
