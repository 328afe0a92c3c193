"""Items as a model is told them: messages, and what was called between them."""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from asstctl.emulator.errors import ApiError
from asstctl.emulator.models.base import (
    Call,
    CodeCall,
    FileSearchCall,
    Found,
    FunctionCall,
    Image,
    ModelError,
    Round,
    Turn,
)
from asstctl.emulator.responses.context import decode_data
from asstctl.emulator.search import terms
from asstctl.emulator.store import files
from asstctl.emulator.store.blobs import FileReader
from asstctl.emulator.store.collections import Body
from asstctl.emulator.store.database import Database
from asstctl.emulator.text.apart import extract_apart
from asstctl.emulator.text.unreadable import UnreadableError
from asstctl.emulator.work.citations import marker

Entry = Turn | Round
Role = Literal["user", "assistant", "system"]
_ROLES: dict[str, Role] = {
    "user": "user",
    "assistant": "assistant",
    "system": "system",
    "developer": "system",
}


def tell(database: Database, items: Sequence[Body]) -> tuple[tuple[Entry, ...], tuple[Round, ...]]:
    """Give the history, and what was called since its last message.

    Earlier searches are left out: their passages went into the answers that are told. Files of
    messages are read here, which takes a while: call it in a thread. Raises `ModelError` for a file
    that is gone or cannot be read.
    """
    entries = list(_entries(database, items))
    last = max((at for at, entry in enumerate(entries) if isinstance(entry, Turn)), default=-1)
    since = tuple(entry for entry in entries[last + 1 :] if isinstance(entry, Round))
    told = (_functions_only(entry) for entry in entries[: last + 1])
    return tuple(entry for entry in told if entry is not None), since


def _functions_only(entry: Entry) -> Entry | None:
    if isinstance(entry, Turn):
        return entry
    calls = tuple(call for call in entry.calls if isinstance(call, FunctionCall))
    return Round(entry.text, calls) if calls else None


def _entries(database: Database, items: Sequence[Body]) -> Iterator[Entry]:
    """Give messages as turns; calls that were made together are one round."""
    outputs = {
        item["call_id"]: _text(database, item["output"])
        for item in items
        if item["type"] == "function_call_output"
    }
    calls: list[Call] = []
    answered = False
    for item in items:
        call = _call(item, outputs)
        if calls and (item["type"] == "message" or (call is not None and answered)):
            yield Round("", tuple(calls))
            calls = []
        answered = item["type"] == "function_call_output"
        if call is not None:
            calls.append(call)
        elif item["type"] == "message":
            yield from _turns(database, item)
    if calls:
        yield Round("", tuple(calls))


def _call(item: Body, outputs: dict[str, str]) -> Call | None:
    match item["type"]:
        case "function_call":
            call_id = item["call_id"]
            return FunctionCall(call_id, item["name"], item["arguments"], outputs.get(call_id))
        case "file_search_call" if item.get("results"):
            query = " ".join(item["queries"])
            found = (_found(at, result, query) for at, result in enumerate(item["results"]))
            return FileSearchCall(item["id"], query, tuple(found))
        case "code_interpreter_call":
            logs = (output.get("logs", "") for output in item.get("outputs") or ())
            return CodeCall(item["id"], item.get("code") or "", "\n".join(logs))
    return None


def _found(at: int, result: Body, query: str) -> Found:
    """Read a result again; the words that it was found by are looked for in it once more."""
    name, text = result.get("filename") or "", result.get("text") or ""
    folded = text.casefold()
    matched = tuple(
        word for word in terms(query) if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", folded)
    )
    return Found(
        marker(0, at, name), result.get("file_id") or "", name, result.get("score") or 0.0,
        text, matched, result.get("attributes") or {},
    )  # fmt: skip


def _turns(database: Database, message: Body) -> Iterator[Turn]:
    """Give a message as a turn, after those of the files that it brings."""
    role = _ROLES[message["role"]]
    files_of = [part for part in message["content"] if part["type"] == "input_file"]
    for part in files_of:
        name, text = _read(database, part)
        yield Turn(role, f"{name}:\n{text}", name)
    turn = _said(role, message["content"])
    if turn.text or turn.images or not files_of:
        yield turn


def _said(role: Role, content: list[Body]) -> Turn:
    """Give what a message says and shows; only a user's images are seen, others' are named."""
    if role != "user":
        return Turn(role, _joined(content))
    words = (part for part in content if part["type"] != "input_image")
    images = (_image(part) for part in content if part["type"] == "input_image")
    return Turn(role, _joined(words), images=tuple(images))


def _image(part: Body) -> Image:
    return Image(part.get("image_url"), part.get("file_id"), part.get("detail"))


def _text(database: Database, content: str | list[Body]) -> str:
    if isinstance(content, str):
        return content
    read = (_read(database, part) for part in content if part["type"] == "input_file")
    return "\n".join([*(f"{name}:\n{text}" for name, text in read), _joined(content)])


def _joined(content: Iterable[Body]) -> str:
    """Give the words of parts, and the names of images."""
    words = []
    for part in content:
        match part["type"]:
            case "input_text" | "output_text":
                words.append(part["text"])
            case "refusal":
                words.append(part["refusal"])
            case "input_image":
                words.append(f"[image {_image_name(part)}]")
    return "\n".join(words)


def _image_name(part: Body) -> str:
    name = part.get("file_id") or part.get("image_url") or ""
    return name.partition(";")[0] if name.startswith("data:") else name


def _read(database: Database, part: Body) -> tuple[str, str]:
    """Give the name and the text of a file."""
    name = part.get("filename") or ""
    try:
        if data := part.get("file_data"):
            return name, extract_apart(io.BytesIO(decode_data(data)), name, _go_on)
        name = files.filenames(database, [part["file_id"]])[part["file_id"]]
        with io.BufferedReader(FileReader(database, part["file_id"])) as stream:
            return name, extract_apart(stream, name, _go_on)
    except KeyError:
        raise ModelError(f"The file '{part['file_id']}' was deleted.", "invalid_prompt") from None
    except (UnreadableError, ApiError, FileNotFoundError) as error:
        told = f"The file '{name}' cannot be read: {error}"
        raise ModelError(told, "invalid_prompt") from error


def _go_on() -> None:
    """Never stop: a message's files are few."""
