"""Items as the account keeps and shows them."""

from collections.abc import Collection, Iterable

from asstctl.emulator.ids import new_id
from asstctl.emulator.requests.items import (
    PREFIXES,
    AssistantMessage,
    InputMessage,
    InputPart,
    KeptItem,
    OutputPart,
)
from asstctl.emulator.store.collections import Body

RESULTS = "file_search_call.results"
OUTPUTS = "code_interpreter_call.outputs"
IMAGES = "message.input_image.image_url"


def user_message(text: str) -> Body:
    """Make the item of an input that is only text."""
    return _head("message") | {
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_text", "text": text}],
    }


def keep(item: KeptItem) -> Body:
    """Give a client's item as it is kept: with an id, a status, and content in parts."""
    given = {name: value for name, value in item.given().items() if value is not None}
    body = _head(item.type, item.id) | given
    match item:
        case InputMessage():
            body |= {"content": _parts(item.content, "input_text"), "status": "completed"}
        case AssistantMessage():
            body |= {"content": _parts(item.content, "output_text")}
            body["status"] = item.status or "completed"
        case _ if item.type in {"function_call", "function_call_output"}:
            body["status"] = item.status or "completed"
    return body


def _head(kind: str, given: str | None = None) -> Body:
    return {"id": given or new_id(PREFIXES[kind]), "type": kind}


def _parts(content: str | list[InputPart] | list[OutputPart], kind: str) -> list[Body]:
    if isinstance(content, str):
        return [_with_defaults({"type": kind, "text": content})]
    return [_with_defaults(part.given()) for part in content]


def _with_defaults(part: Body) -> Body:
    defaults: dict[str, Body] = {
        "output_text": {"annotations": [], "logprobs": []},
        "input_image": {"detail": "auto"},
    }
    return {**defaults.get(part["type"], {}), **part}


def text_of(item: Body) -> str:
    """Give the words of a message or of a function's output; nothing for other items."""
    content = item.get("content") if item["type"] == "message" else item.get("output")
    if isinstance(content, str):
        return content
    return "\n".join(_words(part) for part in content or ())


def _words(part: Body) -> str:
    match part["type"]:
        case "input_image":
            return f"[image {part.get('file_id') or ''}]"
        case "input_file":
            return f"[file {part.get('filename') or part.get('file_id')}]"
    words: str = part["refusal"] if part["type"] == "refusal" else part["text"]
    return words


def show(items: Iterable[Body], include: Collection[str] = ()) -> list[Body]:
    """Give items as the wire shows them: what is large only where ``include`` asks for it."""
    return [_show(item, include) for item in items]


def _show(item: Body, include: Collection[str]) -> Body:
    match item["type"]:
        case "file_search_call" if RESULTS not in include:
            return item | {"results": None}
        case "code_interpreter_call" if OUTPUTS not in include:
            return item | {"outputs": None}
        case "message" if IMAGES not in include:
            return item | {"content": [_without_image(part) for part in item["content"]]}
    return item


def _without_image(part: Body) -> Body:
    if part["type"] == "input_image" and "image_url" in part:
        return part | {"image_url": None}
    return part
