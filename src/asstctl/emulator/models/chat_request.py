"""What a chat-completions endpoint is asked.

It is given the thread, the client's functions, and the account's own tools as more functions.
"""

import json
from collections.abc import Mapping
from typing import Any

from asstctl.emulator.models.base import (
    Call,
    CodeCall,
    FileSearchCall,
    FunctionCall,
    Image,
    Prompt,
    Round,
    Turn,
)

SEARCH, CODE, SHELL = "file_search", "code_interpreter", "shell"
_CITE = (
    "When you use a passage that file_search gave, put its marker, such as 【4:0†name】, right "
    "after the statement, exactly as it was given."
)
_CODE_RUNS = (
    "Run Python code in a new process. It starts in the folder /mnt/data, which holds the files "
    "under their names. Print what you want to know. Files that the code writes there are kept "
    "for later calls and shown to the user; name them as sandbox:/mnt/data/NAME."
)
_CODE_IS_OFF = "Run Python code. Not available at the moment: it will say so."
_NO_CODE = (
    "No code can be run here. Do not say that you ran any. Work from the text of the files where "
    "it is given."
)
_CODE_ARGUMENT = {CODE: "code", SHELL: "command"}


def body(prompt: Prompt, model: str) -> dict[str, Any]:
    """Give the request that asks a model for the next turn, as a stream."""
    asked: dict[str, Any] = {
        "model": model,
        "messages": _messages(prompt),
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    # A default is left out: many endpoints refuse options that they do not know.
    if prompt.temperature != 1.0:
        asked["temperature"] = prompt.temperature
    if prompt.top_p != 1.0:
        asked["top_p"] = prompt.top_p
    if tools := _tools(prompt):
        asked |= {"tools": tools, "tool_choice": _tool_choice(prompt)}
        if not prompt.parallel_tool_calls:
            asked["parallel_tool_calls"] = False
    if prompt.max_completion_tokens is not None:
        asked["max_completion_tokens"] = prompt.max_completion_tokens
    if prompt.reasoning_effort is not None:
        asked["reasoning_effort"] = prompt.reasoning_effort
    if prompt.verbosity is not None:
        asked["verbosity"] = prompt.verbosity
    if prompt.response_format != "auto":
        asked["response_format"] = prompt.response_format
    return asked


def hosted(prompt: Prompt) -> frozenset[str]:
    """Give the names under which our own tools are offered: a client's function goes first."""
    own = {SEARCH, SHELL if prompt.has_tool(SHELL) else CODE}
    return frozenset(own) - {function["name"] for function in prompt.functions}


def _tools(prompt: Prompt) -> list[Mapping[str, Any]]:
    ours = hosted(prompt)
    tools: list[Mapping[str, Any]] = [
        {"type": "function", "function": function} for function in prompt.functions
    ]
    if prompt.has_tool(SEARCH) and prompt.has_stores and SEARCH in ours:
        told = "Search the attached files. Gives passages, each with a citation marker."
        tools.append(_tool(SEARCH, told, "query", "What to look for."))
    if prompt.has_tool(CODE) and CODE in ours:
        tools.append(_tool(CODE, _CODE_RUNS if prompt.runs_code else _CODE_IS_OFF, "code"))
    if prompt.has_tool(SHELL) and SHELL in ours:
        told = "Run a command. Not available at the moment: it will say so."
        tools.append(_tool(SHELL, told, "command"))
    return tools


def _tool(name: str, told: str, argument: str, meaning: str = "") -> Mapping[str, Any]:
    described = {"description": meaning} if meaning else {}
    parameters = {
        "type": "object",
        "properties": {argument: {"type": "string"} | described},
        "required": [argument],
    }
    return {
        "type": "function",
        "function": {"name": name, "description": told, "parameters": parameters},
    }


def _tool_choice(prompt: Prompt) -> str | dict[str, Any]:
    choice = prompt.tool_choice
    if isinstance(choice, str):
        return choice
    name = choice["function"]["name"] if choice["type"] == "function" else choice["type"]
    return {"type": "function", "function": {"name": name}}


def _messages(prompt: Prompt) -> list[dict[str, Any]]:
    told = [prompt.instructions, " ".join(prompt.absent), *_files(prompt)]
    if prompt.has_tool(SEARCH) and prompt.has_stores and prompt.cites:
        told.append(_CITE)
    system = "\n\n".join(text for text in told if text)
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    for item in (*prompt.history, *prompt.rounds):
        if isinstance(item, Turn):
            messages.append({"role": item.role, "content": _said(item)})
        else:
            messages += _round(item)
    return messages


def _said(turn: Turn) -> str | list[dict[str, Any]]:
    """Give the words of a turn; as parts where there are images."""
    if not turn.images:
        return turn.text
    words = [{"type": "text", "text": turn.text}] if turn.text else []
    return [*words, *(_image_part(image) for image in turn.images)]


def _image_part(image: Image) -> dict[str, Any]:
    shown = {"url": image.url} | ({"detail": image.detail} if image.detail else {})
    return {"type": "image_url", "image_url": shown}


def _files(prompt: Prompt) -> list[str]:
    """Say which files code can read, or could if it ran."""
    if not prompt.has_tool(CODE):
        return []
    names = ", ".join(file.name for file in prompt.code_files)
    told = [f"Files of the code interpreter: {names}."] if names else []
    if not prompt.runs_code:
        told.append(_NO_CODE)
        told += [f"{file.name}:\n{file.text}" for file in prompt.code_files if file.text]
    return told


def _round(done: Round) -> list[dict[str, Any]]:
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": _name(call), "arguments": _arguments(call)},
        }
        for call in done.calls
    ]
    asked = {"role": "assistant", "content": done.text or None, "tool_calls": calls}
    answers = [
        {"role": "tool", "tool_call_id": call.id, "content": _result(call)} for call in done.calls
    ]
    return [asked, *answers]


def _name(call: Call) -> str:
    match call:
        case FunctionCall():
            return call.name
        case FileSearchCall():
            return SEARCH
        case CodeCall():
            return call.tool


def _arguments(call: Call) -> str:
    match call:
        case FunctionCall():
            return call.arguments
        case FileSearchCall():
            return json.dumps({"query": call.query}, ensure_ascii=False)
        case CodeCall():
            return json.dumps({_CODE_ARGUMENT[call.tool]: call.code}, ensure_ascii=False)


def _result(call: Call) -> str:
    match call:
        case FunctionCall():
            return call.output or ""
        case CodeCall():
            return _code_result(call)
        case FileSearchCall():
            found = [f"{item.marker or item.file_name}\n{item.text}" for item in call.results]
            return "\n\n".join(found) or "Nothing in the files matches."


def _code_result(call: CodeCall) -> str:
    made = ", ".join(f"/mnt/data/{file.name}" for file in call.files)
    told = [call.logs, f"New files: {made}" if made else ""]
    return "\n".join(text for text in told if text) or "It printed nothing."
