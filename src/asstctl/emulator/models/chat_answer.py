"""What a chat-completions endpoint answers: a stream of chunks, put together as pieces."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from asstctl.emulator.ids import new_id
from asstctl.emulator.models.base import (
    ArgumentsDelta,
    Call,
    Calls,
    CodeCall,
    CutOff,
    FileSearchCall,
    FunctionCall,
    ModelError,
    Piece,
    TextDelta,
    Usage,
)
from asstctl.emulator.models.chat_request import SEARCH, SHELL


async def chunks(response: httpx2.Response) -> AsyncIterator[str]:
    """Give the chunks of a stream; an endpoint that does not stream gives its answer whole."""
    if response.headers.get("content-type", "").startswith("application/json"):
        yield (await response.aread()).decode("utf-8", "replace")
        return
    async for line in response.aiter_lines():
        data = line.removeprefix("data:").strip()
        if line.startswith("data:") and data and data != "[DONE]":
            yield data


@dataclass(slots=True)
class Gathered:
    """Puts a streamed completion together: text and arguments go on at once."""

    hosted: frozenset[str]
    calls: dict[int, dict[str, str]] = field(default_factory=dict)
    reason: str = ""
    usage: Usage | None = None
    answered: bool = False

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
            details = usage.get("prompt_tokens_details")
            cached = details.get("cached_tokens") if isinstance(details, dict) else None
            self.usage = Usage(int(prompt or 0), int(completion or 0), int(cached or 0))

    def _choice(self, choice: Mapping[str, Any]) -> list[Piece]:
        self.answered = True
        self.reason = choice.get("finish_reason") or self.reason
        delta = choice.get("delta") or choice.get("message") or {}
        text = delta.get("content") or delta.get("refusal")
        pieces: list[Piece] = [TextDelta(text)] if text else []
        for position, part in enumerate(delta.get("tool_calls") or ()):
            pieces += self._add_to_call(int(part.get("index", position)), part)
        return pieces

    def _add_to_call(self, index: int, part: Mapping[str, Any]) -> Iterator[Piece]:
        """Add a fragment of a call. Its id comes once, its name and arguments bit by bit."""
        call = self.calls.setdefault(index, {"id": "", "name": "", "arguments": ""})
        function = part.get("function") or {}
        call["id"] = call["id"] or part.get("id") or ""
        call["name"] += function.get("name") or ""
        arguments = function.get("arguments") or ""
        call["arguments"] += arguments
        if arguments and self._stands(index):
            call["id"] = call["id"] or new_id("call_")
            yield ArgumentsDelta(index, call["id"], call["name"], arguments)

    def _stands(self, index: int) -> bool:
        """Tell whether a call is of a function, and behind others of functions alone."""
        named = [self.calls[place]["name"] for place in range(index + 1) if place in self.calls]
        return len(named) == index + 1 and not self.hosted & set(named)

    def finish(self) -> list[Piece]:
        """Give what is known once the stream has ended: calls, why it ended, and the usage.

        Raises `ModelError` when nothing in it was a completion, as on the page of a proxy.
        """
        if not self.answered:
            raise ModelError("The upstream model answered with something that is no completion.")
        pieces: list[Piece] = []
        if self.calls:
            calls = (self._call(self.calls[index]) for index in sorted(self.calls))
            pieces.append(Calls(tuple(calls)))
        elif self.reason == "length":
            pieces.append(CutOff())
        elif self.reason == "content_filter":
            pieces.append(CutOff("content_filter"))
        if self.usage is not None:
            pieces.append(self.usage)
        return pieces

    def _call(self, call: Mapping[str, str]) -> Call:
        call_id, name, arguments = call["id"] or new_id("call_"), call["name"], call["arguments"]
        if name in self.hosted:
            if name == SEARCH:
                return FileSearchCall(call_id, _argument(arguments, "query"))
            if name == SHELL:
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
