"""What a response answers: what was said before it, and its own input."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from asstctl.emulator import resources
from asstctl.emulator.errors import ApiError, bad_request
from asstctl.emulator.requests.items import Item, ItemReference
from asstctl.emulator.requests.responses import CreateResponse
from asstctl.emulator.responses import items, state
from asstctl.emulator.store.collections import (
    CONVERSATION_ITEMS,
    CONVERSATIONS,
    RESPONSE_ITEMS,
    Body,
    decode,
)
from asstctl.emulator.store.database import Database
from asstctl.emulator.text.extract import SUPPORTED, extension


@dataclass(frozen=True, slots=True)
class Context:
    """Items that came before, and those of the input."""

    before: tuple[Body, ...]
    input: tuple[Body, ...]


def build(database: Database, params: CreateResponse) -> Context:
    """Gather what a new response answers.

    Raises ApiError: 404 for a conversation or an item that the account does not hold, 400 for an
    unknown previous response, for input that repeats an item, and for a function call without its
    output or the reverse.
    """
    follows = params.conversation_id or params.previous_response_id
    if params.input in (None, []) and not follows:
        raise bad_request(
            'One of "input" or "previous_response_id" or \'conversation_id\' must be provided.',
            "input",
            "missing_required_parameter",
        )
    before = earlier(database, params.conversation_id, params.previous_response_id)
    given = params.input
    new = [items.user_message(given)] if isinstance(given, str) else kept(database, given or ())
    check_new(before, new)
    _check_calls([*before, *new])
    return Context(tuple(before), tuple(new))


def earlier(database: Database, conversation: str | None, previous: str | None) -> list[Body]:
    """Give the items of a conversation, or of a chain of responses, oldest first."""
    if conversation is not None:
        find_conversation(database, conversation)
        return CONVERSATION_ITEMS.all(database, conversation_id=conversation)
    chain: list[list[Body]] = []
    while previous is not None:
        response = state.find(database, previous)
        if response is None:
            raise bad_request(
                f"Previous response with id '{previous}' not found.",
                "previous_response_id",
                "previous_response_not_found",
            )
        if response["status"] in state.ACTIVE:
            raise bad_request(
                f"Previous response with id '{previous}' is still {response['status']}.",
                "previous_response_id",
            )
        chain.append(RESPONSE_ITEMS.all(database, response_id=previous))
        previous = response["previous_response_id"]
    return [item for part in reversed(chain) for item in part]


def find_conversation(database: Database, conversation_id: str) -> Body:
    """Give a conversation. Raises ApiError (404) when there is none."""
    found = CONVERSATIONS.find(database, conversation_id)
    if found is None:
        raise ApiError(404, f"Conversation with id '{conversation_id}' not found.")
    return found


def kept(database: Database, given: Iterable[Item], at: str = "input") -> list[Body]:
    """Give a client's items as they are kept; references become what they refer to.

    Raises ApiError: 404 for an item that the account does not hold, 400 for a file that it does not
    hold or cannot read. ``at`` is where the items lie in the body.
    """
    found = []
    for index, item in enumerate(given):
        if isinstance(item, ItemReference):
            found.append(_referred(database, item.id, at))
            continue
        body = items.keep(item)
        for position, part in enumerate(_content(body)):
            _check_part(database, part, f"{at}[{index}].content[{position}]")
        found.append(body)
    return found


def _content(item: Body) -> Sequence[Body]:
    content = item.get("content") if item["type"] == "message" else item.get("output")
    return content if isinstance(content, list) else ()


def _check_part(database: Database, part: Body, at: str) -> None:
    if part.get("file_id"):
        names = resources.check_files(database, [part["file_id"]], f"{at}.file_id")
        if part["type"] == "input_file":
            _check_readable(names[part["file_id"]], at)
    elif part.get("file_data"):
        _check_readable(part["filename"], at)
        decode_data(part["file_data"], f"{at}.file_data")
    elif part.get("file_url"):
        raise bad_request(
            "The local account fetches nothing: give the file as 'file_id' or 'file_data'.",
            f"{at}.file_url",
            "invalid_value",
        )


def _check_readable(name: str, at: str) -> None:
    if extension(name) not in SUPPORTED:
        raise bad_request(
            f"Invalid input: the file type of '{name}' is not supported. Supported are: "
            f"{', '.join(sorted(SUPPORTED))}.",
            at,
            "unsupported_file",
        )


def decode_data(text: str, at: str = "file_data") -> bytes:
    """Read base64, or a ``data:`` URL of it. Raises ApiError (400)."""
    try:
        return base64.b64decode(text.partition(";base64,")[2] or text, validate=True)
    except binascii.Error:
        raise bad_request(f"Invalid '{at}': expected base64 data.", at, "invalid_value") from None


def _referred(database: Database, item_id: str, at: str) -> Body:
    row = database.row(
        "SELECT body FROM conversation_items WHERE id = ? UNION ALL "
        "SELECT i.body FROM response_items i JOIN responses r ON r.id = i.response_id "
        "WHERE i.id = ? AND r.stored = 1 LIMIT 1",
        (item_id, item_id),
    )
    if row is None:
        raise ApiError(404, f"Item with id '{item_id}' not found.", param=at)
    return decode(row["body"])


def check_new(before: Iterable[Body], new: Iterable[Body], at: str = "input") -> None:
    """Raise ApiError (400) for an item that is there already, or is given twice."""
    seen = {item["id"] for item in before}
    for item in new:
        if item["id"] in seen:
            raise bad_request(
                f"Duplicate item found with id {item['id']}. Remove duplicate items from your "
                "input and try again.",
                at,
            )
        seen.add(item["id"])


def _check_calls(known: Sequence[Body]) -> None:
    """Ask that every function call has its output, and every output its call."""
    called = [item["call_id"] for item in known if item["type"] == "function_call"]
    answered = [item["call_id"] for item in known if item["type"] == "function_call_output"]
    for call_id in called:
        if call_id not in answered:
            raise bad_request(f"No tool output found for function call {call_id}.", "input")
    for call_id in answered:
        if call_id not in called:
            raise bad_request(
                f"No tool call found for function call output with call_id {call_id}.", "input"
            )
