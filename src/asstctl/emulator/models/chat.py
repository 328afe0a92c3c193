"""Answers from a chat-completions endpoint.

The endpoint is given the thread, the client's functions, and `file_search` as one more function
that the account answers. Everything it streams is passed on as it comes.
"""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from asstctl.emulator.ids import new_id
from asstctl.emulator.models.base import (
    Call,
    Calls,
    CodeCall,
    CutOff,
    FileSearchCall,
    FunctionCall,
    ModelError,
    Piece,
    Prompt,
    Round,
    TextDelta,
    Trouble,
    Turn,
    Usage,
)

_SEARCH = "file_search"
_CODE = "code_interpreter"
_SHELL = "shell"
_TIMEOUT = httpx2.Timeout(60.0, read=600.0)

_SEARCH_TOOL = {
    "type": "function",
    "function": {
        "name": _SEARCH,
        "description": "Search the attached files. Gives passages, each with a citation marker.",
        "parameters": {
            "type": "object",
            "properties": {"query": {"type": "string", "description": "What to look for."}},
            "required": ["query"],
        },
    },
}
_CODE_TOOL = {
    "type": "function",
    "function": {
        "name": _CODE,
        "description": "Run Python code. Not available at the moment: it will say so.",
        "parameters": {
            "type": "object",
            "properties": {"code": {"type": "string"}},
            "required": ["code"],
        },
    },
}
_SHELL_TOOL = {
    "type": "function",
    "function": {
        "name": _SHELL,
        "description": "Run a command. Not available at the moment: it will say so.",
        "parameters": {
            "type": "object",
            "properties": {"command": {"type": "string"}},
            "required": ["command"],
        },
    },
}
_CODE_ARGUMENT = {_CODE: "code", _SHELL: "command"}
_TROUBLES: dict[int, Trouble] = {404: "model_not_found", 429: "rate_limit_exceeded"}
_CITE = (
    "When you use a passage that file_search gave, put its marker, such as 【4:0†name】, right "
    "after the statement, exactly as it was given."
)


class ChatModel:
    """A client of ``POST {base_url}/chat/completions``."""

    owner = "upstream"

    def __init__(
        self,
        base_url: str,
        api_key: str,
        name: str,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._name = name
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._transport = transport
        self._opened: httpx2.AsyncClient | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            await self._opened.aclose()

    @property
    def _client(self) -> httpx2.AsyncClient:
        """Made when it is needed: a broken proxy variable is no trouble before."""
        if self._opened is None:
            self._opened = httpx2.AsyncClient(
                headers=self._headers, timeout=_TIMEOUT, transport=self._transport
            )
        return self._opened

    async def generate(self, prompt: Prompt) -> AsyncIterator[Piece]:
        """Stream one completion as pieces: text as it comes, calls and usage at the end.

        Raises `ModelError` when the endpoint refuses, breaks off or sends what is no completion.
        """
        gathered = _Gathered(_hosted(prompt))
        try:
            async with self._client.stream("POST", self._url, json=self._body(prompt)) as response:
                if response.status_code >= 400:
                    await response.aread()
                    raise _refused(response)
                async for data in _data(response):
                    for piece in gathered.take(data):
                        yield piece
        except (httpx2.HTTPError, ImportError, ValueError, OSError) as error:
            # httpx2 raises these for a proxy or certificates that it cannot use.
            raise ModelError(f"The upstream model could not be reached: {error!r}") from error
        for piece in gathered.finish():
            yield piece

    def _body(self, prompt: Prompt) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._name,
            "messages": _messages(prompt),
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        # A default is left out: many endpoints refuse options that they do not know.
        if prompt.temperature != 1.0:
            body["temperature"] = prompt.temperature
        if prompt.top_p != 1.0:
            body["top_p"] = prompt.top_p
        if tools := _tools(prompt):
            body |= {"tools": tools, "tool_choice": _tool_choice(prompt)}
            if not prompt.parallel_tool_calls:
                body["parallel_tool_calls"] = False
        if prompt.max_completion_tokens is not None:
            body["max_completion_tokens"] = prompt.max_completion_tokens
        if prompt.reasoning_effort is not None:
            body["reasoning_effort"] = prompt.reasoning_effort
        if prompt.verbosity is not None:
            body["verbosity"] = prompt.verbosity
        if prompt.response_format != "auto":
            body["response_format"] = prompt.response_format
        return body


def _hosted(prompt: Prompt) -> frozenset[str]:
    """Give the names under which our own tools are offered: a client's function goes first."""
    own = {_SEARCH, _SHELL if prompt.has_tool(_SHELL) else _CODE}
    return frozenset(own) - {function["name"] for function in prompt.functions}


def _tools(prompt: Prompt) -> list[Mapping[str, Any]]:
    hosted = _hosted(prompt)
    tools: list[Mapping[str, Any]] = [
        {"type": "function", "function": function} for function in prompt.functions
    ]
    if prompt.has_tool(_SEARCH) and prompt.has_stores and _SEARCH in hosted:
        tools.append(_SEARCH_TOOL)
    if prompt.has_tool(_CODE) and _CODE in hosted:
        tools.append(_CODE_TOOL)
    if prompt.has_tool(_SHELL) and _SHELL in hosted:
        tools.append(_SHELL_TOOL)
    return tools


def _tool_choice(prompt: Prompt) -> str | dict[str, Any]:
    choice = prompt.tool_choice
    if isinstance(choice, str):
        return choice
    name = choice["function"]["name"] if choice["type"] == "function" else choice["type"]
    return {"type": "function", "function": {"name": name}}


def _messages(prompt: Prompt) -> list[dict[str, Any]]:
    told = [prompt.instructions, " ".join(prompt.absent)]
    if prompt.has_tool("file_search") and prompt.has_stores and prompt.cites:
        told.append(_CITE)
    system = "\n\n".join(text for text in told if text)
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    for item in (*prompt.history, *prompt.rounds):
        if isinstance(item, Turn):
            messages.append({"role": item.role, "content": item.text})
        else:
            messages += _round(item)
    return messages


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
            return _SEARCH
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
            return call.logs
        case FileSearchCall():
            found = [f"{item.marker or item.file_name}\n{item.text}" for item in call.results]
            return "\n\n".join(found) or "Nothing in the files matches."


async def _data(response: httpx2.Response) -> AsyncIterator[str]:
    """Give the chunks of a stream; an endpoint that does not stream gives its answer whole."""
    if response.headers.get("content-type", "").startswith("application/json"):
        yield (await response.aread()).decode("utf-8", "replace")
        return
    async for line in response.aiter_lines():
        data = line.removeprefix("data:").strip()
        if line.startswith("data:") and data and data != "[DONE]":
            yield data


@dataclass(slots=True)
class _Gathered:
    """Puts a streamed completion together: text goes on at once, calls when they are whole."""

    hosted: frozenset[str]
    calls: dict[int, dict[str, str]] = field(default_factory=dict)
    reason: str = ""
    usage: Usage | None = None

    def take(self, data: str) -> list[Piece]:
        """Give the pieces of one chunk of a stream, or of a whole answer.

        The two differ in one word, ``delta`` or ``message``. Raises `ModelError`.
        """
        try:
            chunk = json.loads(data)
        except ValueError:
            raise ModelError("The upstream model sent something that is not JSON.") from None
        if not isinstance(chunk, dict):
            return []
        if error := chunk.get("error"):
            message = error.get("message") if isinstance(error, dict) else error
            raise ModelError(f"The upstream model failed: {message}")
        self._count(chunk.get("usage"))
        return [piece for choice in chunk.get("choices") or () for piece in self._choice(choice)]

    def _count(self, usage: Any) -> None:
        if isinstance(usage, dict):
            prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
            self.usage = Usage(int(prompt or 0), int(completion or 0))

    def _choice(self, choice: Mapping[str, Any]) -> list[Piece]:
        self.reason = choice.get("finish_reason") or self.reason
        delta = choice.get("delta") or choice.get("message") or {}
        for position, part in enumerate(delta.get("tool_calls") or ()):
            self._add_to_call(int(part.get("index", position)), part)
        text = delta.get("content") or delta.get("refusal")
        return [TextDelta(text)] if text else []

    def _add_to_call(self, index: int, part: Mapping[str, Any]) -> None:
        """Add a fragment of a call. Its id comes once, its name and arguments bit by bit."""
        call = self.calls.setdefault(index, {"id": "", "name": "", "arguments": ""})
        function = part.get("function") or {}
        call["id"] = call["id"] or part.get("id") or ""
        call["name"] += function.get("name") or ""
        call["arguments"] += function.get("arguments") or ""

    def finish(self) -> list[Piece]:
        pieces: list[Piece] = []
        if self.calls:
            calls = (self._call(self.calls[index]) for index in sorted(self.calls))
            pieces.append(Calls(tuple(calls)))
        elif self.reason == "length":
            pieces.append(CutOff())
        if self.usage is not None:
            pieces.append(self.usage)
        return pieces

    def _call(self, call: Mapping[str, str]) -> Call:
        call_id, name, arguments = call["id"] or new_id("call_"), call["name"], call["arguments"]
        if name in self.hosted:
            if name == _SEARCH:
                return FileSearchCall(call_id, _argument(arguments, "query"))
            if name == _SHELL:
                return CodeCall(call_id, _argument(arguments, "command"), tool="shell")
            return CodeCall(call_id, _argument(arguments, "code"))
        return FunctionCall(call_id, name, arguments or "{}")


def _argument(arguments: str, name: str) -> str:
    """Read one argument; text that is not the JSON that was asked for is taken as it is."""
    try:
        found = json.loads(arguments)
    except ValueError:
        return arguments
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) else arguments


def _refused(response: httpx2.Response) -> ModelError:
    detail = response.text[:500]
    try:
        body = json.loads(response.text)
        error = body.get("error", body)
        detail = error.get("message", detail) if isinstance(error, dict) else str(error)
    except (ValueError, AttributeError):
        pass
    status = response.status_code
    return ModelError(
        f"The upstream model answered {status}: {detail}", _TROUBLES.get(status, "server_error")
    )
