"""Wire → smoke values: runs, messages and steps, decoded with the tolerance that servers need."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from asstctl.model.json import JsonObject, JsonValue
from asstctl.remote.storage import values
from asstctl.remote.storage.decode import as_object, read_id
from asstctl.remote.storage.smoke import MARK, usage_of
from asstctl.remote.wire.failures import garbage
from asstctl.smoke.ports import (
    Citation,
    FunctionCall,
    Reply,
    Run,
    ToolCall,
)

_MARKER_NAME_FROM: Final = "†"
"""Stands before the file's name in the marker of a citation: ``【4:0†receipt.pdf】``."""


def read_run(
    value: JsonValue, conversation_id: str, run_id: str = "", poll_after: float | None = None
) -> Run:
    """A run object. Ids that the server leaves out are taken from the request.

    Raises AccountError for a run without an id that is not known: it could not be polled.
    """
    body = as_object(value)
    action = values.mapping(values.mapping(body.get("required_action")).get("submit_tool_outputs"))
    error = values.mapping(body.get("last_error"))
    incomplete = values.mapping(body.get("incomplete_details"))
    return Run(
        id=_text(body.get("id")) or run_id or read_id(body),
        conversation_id=conversation_id,
        status=_text(body.get("status")),
        calls=tuple(_read_call(item) for item in values.mappings(action.get("tool_calls"))),
        error_code=_text(error.get("code")) or None,
        error_message=_text(error.get("message")) or None,
        incomplete_reason=_text(incomplete.get("reason")) or None,
        usage=usage_of(body.get("usage"), "prompt", "completion"),
        poll_after=poll_after,
        has_tools=body.get("tools") != [],
    )


def read_first_run(value: JsonValue, conversation_id: str) -> tuple[str, Run]:
    """The thread and the run of an answer about both.

    Raises GarbageError for what is not a run: some servers take ``/threads/runs`` for the thread
    ``runs``.
    """
    thread = thread_of(as_object(value))
    if not thread:
        raise garbage("a run that does not name its thread")
    return thread, read_run(value, conversation_id)


def thread_of(run: JsonObject) -> str:
    """The thread of a run, as far as it says."""
    return _text(run.get("thread_id"))


def marked_thread(value: JsonValue, mark: str) -> str | None:
    """The id of the thread that carries the mark, in a page of threads."""
    marked = (
        item for item in _page(value) if values.mapping(item.get("metadata")).get(MARK) == mark
    )
    return next((_text(item.get("id")) for item in marked), None)


def read_ids(value: JsonValue) -> tuple[str, ...]:
    """The ids of a page's objects, in order."""
    return tuple(filter(None, (_text(item.get("id")) for item in _page(value))))


def read_reply(value: JsonValue, run_id: str) -> Reply:
    """What the assistant said in a run, from a page of messages, newest first.

    Some servers ignore the filter by run, some the order, and some do not say which run a message
    belongs to: then it is what the assistant said since the user spoke last. Raises GarbageError
    for a message in a shape that is not understood: the assistant has said something.
    """
    said = [
        message.get("content")
        for message in _of_run(_newest_first(_page(value)), run_id)
        if message.get("role") == "assistant"
    ]
    texts: list[str] = []
    citations: list[Citation] = []
    refused = False
    for content in reversed(said):
        for problem in _unreadable(content):
            raise garbage(f"a message with {problem}")
        for text, cited in _blocks(content):
            texts.append(text)
            citations.extend(cited)
        refused |= any(values.mapping(part).get("type") == "refusal" for part in _listed(content))
    return Reply("\n\n".join(filter(None, texts)), tuple(citations), refused)


def _newest_first(messages: list[JsonObject]) -> list[JsonObject]:
    """The messages in the order that was asked for, also from a server that ignores ``order``."""
    if len(messages) > 1 and _time(messages[0]) < _time(messages[-1]):
        return messages[::-1]
    return messages


def _of_run(messages: list[JsonObject], run_id: str) -> list[JsonObject]:
    """The run's messages, newest first; where no message names its run, those since the user's."""
    if any(message.get("run_id") for message in messages):
        return [message for message in messages if message.get("run_id") == run_id]
    since: list[JsonObject] = []
    for message in messages:
        if message.get("role") == "user":
            break
        since.append(message)
    return since


def last_message(value: JsonValue) -> tuple[str, str]:
    """The role and the text of the newest message of a page, newest first; else two empty texts."""
    for message in _page(value):
        text = "\n\n".join(text for text, _ in _blocks(message.get("content")))
        return _text(message.get("role")), text
    return "", ""


def read_tool_calls(value: JsonValue) -> tuple[ToolCall, ...]:
    """The tools that ran, from a page of steps, oldest first."""
    steps = _page(value)
    if len(steps) > 1 and _time(steps[0]) > _time(steps[-1]):
        steps = steps[::-1]
    return tuple(
        _read_tool_call(call)
        for step in steps
        for call in values.mappings(values.mapping(step.get("step_details")).get("tool_calls"))
    )


def read_delta(value: JsonValue) -> str:
    """The new text in the data of a ``thread.message.delta``."""
    delta = values.mapping(values.mapping(value).get("delta"))
    return "".join(text for text, _ in _blocks(delta.get("content")))


def search_stores(thread: JsonValue) -> tuple[str, ...]:
    """The ids of the vector stores that a thread searches."""
    resources = values.mapping(as_object(thread).get("tool_resources"))
    ids = values.mapping(resources.get("file_search")).get("vector_store_ids")
    return tuple(values.texts(ids))


def created_at(value: JsonValue) -> float:
    """The creation of an object, in seconds since 1970; 0 when it does not say."""
    return _time(as_object(value))


def named(citation: Citation, filename: str) -> Citation:
    """The citation with its file's name: ``filename``, else the one in its marker, else the id."""
    _, dagger, rest = citation.marker.partition(_MARKER_NAME_FROM)
    from_marker = rest.rstrip("】] ") if dagger and rest.rstrip("】] ") != "source" else ""
    return replace(citation, filename=filename or from_marker or citation.file_id)


def _read_call(body: JsonObject) -> FunctionCall:
    function = values.mapping(body.get("function"))
    return FunctionCall(
        _text(body.get("id")), _text(function.get("name")), _text(function.get("arguments"))
    )


def _read_tool_call(body: JsonObject) -> ToolCall:
    kind = _text(body.get("type"))
    details = values.mapping(body.get(kind))
    match kind:
        case "function":
            output = details.get("output")
            return ToolCall(
                kind,
                name=_text(details.get("name")),
                input=_text(details.get("arguments")),
                output=output if isinstance(output, str) else None,
            )
        case "code_interpreter":
            logs = (_text(item.get("logs")) for item in values.mappings(details.get("outputs")))
            return ToolCall(
                kind, input=_text(details.get("input")), output="\n".join(filter(None, logs))
            )
        case _:
            hits = (_hit(item) for item in values.mappings(details.get("results")))
            return ToolCall(kind, output="\n".join(hits) or None)


def _hit(body: JsonObject) -> str:
    score = values.number(body.get("score"))
    shown = "" if score is None else f" ({score:.2f})"
    return f"{_text(body.get('file_name')) or _text(body.get('file_id'))}{shown}"


def _blocks(content: JsonValue) -> Iterator[tuple[str, tuple[Citation, ...]]]:
    """The text of each part of a message, with its citations. Images are named by their file."""
    for part in _listed(content):
        block = {"text": part} if isinstance(part, str) else values.mapping(part)
        match _text(block.get("type")):
            case "text" | "":
                for text in _listed(block.get("text")):
                    if isinstance(text, str):
                        yield text, ()
                    else:
                        body = values.mapping(text)
                        yield _text(body.get("value")), _citations(body)
            case "refusal":
                yield _text(block.get("refusal")), ()
            case "image_file":
                yield f"[image {_text(values.mapping(block.get('image_file')).get('file_id'))}]", ()
            case kind:
                yield f"[{kind}]", ()


def _listed(value: JsonValue) -> list[JsonValue]:
    """What belongs in a list, or comes in one where it stands alone in the API's own shape."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _unreadable(content: JsonValue) -> Iterator[str]:
    """What there is in a message's content that ``_blocks`` cannot read, in words."""
    for part in _listed(content):
        if not isinstance(part, str | Mapping):
            yield f"a part that is {_kind(part)}"
        elif isinstance(part, Mapping) and _text(part.get("type")) in ("text", ""):
            for text in _listed(part.get("text")) or [None]:
                value = text.get("value") if isinstance(text, Mapping) else text
                if not isinstance(value, str):
                    yield f"a `text` that holds {_kind(value)} where its words belong"


def _kind(value: JsonValue) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case Mapping():
            return "an object"
        case _:
            return "a list"


def _citations(text: JsonObject) -> tuple[Citation, ...]:
    return tuple(
        Citation(
            file_id=_text(cited.get("file_id")),
            filename="",
            marker=_text(annotation.get("text")),
            quote=_text(cited.get("quote")),
        )
        for annotation in values.mappings(text.get("annotations"))
        if (cited := values.mapping(annotation.get("file_citation")))
    )


def _page(value: JsonValue) -> list[JsonObject]:
    """The objects of a list, whether it comes in an envelope or bare."""
    return values.mappings(value if isinstance(value, list) else as_object(value).get("data"))


def _text(value: JsonValue) -> str:
    return values.text(value) or ""


def _time(body: JsonObject) -> float:
    return values.seconds(body.get("created_at"))
