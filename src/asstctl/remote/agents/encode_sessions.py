"""Smoke values → wire: a session, what of its agent it overrides, and the events that it is sent.

An object that overrides one of the agent's is sent whole: it replaces all of it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from asstctl.model.dialect import AGENTS
from asstctl.model.environment import WORKSPACE
from asstctl.model.json import JsonObject, JsonValue
from asstctl.remote.agents.encode import text_format
from asstctl.remote.storage import values
from asstctl.remote.storage.smoke import raise_if_inexpressible
from asstctl.smoke.ports import FunctionResult

NO_SANDBOX: Final[JsonObject] = {"type": "none"}
CANCEL: Final[JsonObject] = {"type": "agent.session.input.cancel"}


def sandbox(options: JsonObject, template: str | None) -> JsonObject:
    """Where a session runs: in a sandbox of this template, unless it may use no tools at all."""
    if template is None or options.get("tools") == []:
        return NO_SANDBOX
    return {"type": "openai_hosted", "environment_template_id": template}


def overrides(agent: JsonObject, options: JsonObject) -> JsonObject:
    """What a session does otherwise than its ``agent``, as the account shows that.

    ``options`` are in the words of manifests. Raises AccountError for one that has no translation.
    """
    raise_if_inexpressible(AGENTS, options)
    said: dict[str, JsonValue] = {}
    for name, value in options.items():
        said |= {name: value} if name in _SAME else _TRANSLATIONS[name](agent, value)
    return said


def message(text: str, paths: Sequence[str] = ()) -> JsonObject:
    """A message of the user. The agent is told where the files are that come with it."""
    parts = [{"type": "input_text", "text": text}]
    if paths:
        named = "\n".join(paths)
        parts.append({"type": "input_text", "text": f"Attached files:\n{named}"})
    return {"role": "user", "content": parts}


def messages_event(messages: Sequence[JsonObject]) -> JsonObject:
    """The event that says these, and so begins a turn."""
    return {"type": "agent.session.input.message", "input": list(messages)}


def result_event(result: FunctionResult, turn_id: str) -> JsonObject:
    """The event that answers a call of a turn."""
    return {
        "type": "agent.session.input.tool_result",
        "turn_id": turn_id,
        "call_id": result.call_id,
        "success": True,
        "output": result.output,
    }


def file_body(file_id: str, path: str) -> JsonObject:
    """The body that puts an upload into an environment."""
    return {"type": "file_id", "file_id": file_id, "path": path}


def place_in_sandbox(path: str) -> str:
    """Where a file of the project lies in a sandbox."""
    return f"{WORKSPACE}/{path}"


def _instructions(agent: JsonObject, value: JsonValue) -> JsonObject:
    return {"instructions": "\n\n".join(values.texts([agent.get("instructions"), value]))}


def _text(agent: JsonObject, value: JsonValue) -> JsonObject:
    # There is no JSON without a schema here; who wants it has to say so in words.
    loose = values.mapping(value).get("type") == "json_object"
    form = text_format("auto" if loose else value)
    return {"text": {**values.mapping(agent.get("text")), "format": form}}


_SAME: Final = frozenset({"model", "instructions", "tools"})
_TRANSLATIONS: Final[Mapping[str, Callable[[JsonObject, JsonValue], JsonObject]]] = {
    "additional_instructions": _instructions,
    "response_format": _text,
}
