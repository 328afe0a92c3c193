"""The body of an answer: unpacked piece by piece, counted, and read as JSON."""

import json
import math
from collections.abc import AsyncIterator
from typing import Any, Final, NoReturn, cast

import httpx2

from asstctl.model.json import JsonValue
from asstctl.remote.wire.failures import garbage
from asstctl.remote.wire.recording import Recording

LARGEST: Final = 64 * 1024 * 1024
"""Bytes, unpacked: an answer above it is refused. The largest honest one is a page of 100
assistants, each with 256,000 characters of instructions and its tools."""

DEEPEST: Final = 200
"""Levels of arrays and objects inside each other. JSON Schemas have a few dozen."""


class AnswerBody(httpx2.AsyncByteStream):
    """The unpacked bytes of an answer. Raises AccountError when they are too many."""

    def __init__(self, answer: httpx2.Response, recording: Recording, *, bounded: bool) -> None:
        self._answer = answer
        self._recording = recording
        self._largest = LARGEST if bounded else math.inf

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        try:
            # httpx2 unpacks at most a megabyte at a time: a bomb goes off in small pieces.
            async for piece in self._answer.aiter_bytes():
                size += len(piece)
                self._raise_if_too_large(size)
                self._recording.received(piece)
                yield piece
        except BaseException as error:
            self._recording.failed(error)
            raise

    def _raise_if_too_large(self, size: int) -> None:
        if size > self._largest:
            raise garbage(f"more than {LARGEST >> 20} MB", self._recording.call)

    async def aclose(self) -> None:
        """Give the connection back."""
        self._recording.ended()
        await self._answer.aclose()


def as_json(body: bytes, call: str) -> JsonValue:
    """A body as JSON; None when there is none. Raises AccountError for anything else."""
    if not body.strip():
        return None
    try:
        value = json.loads(body, parse_constant=_not_a_number, parse_float=_finite)
    except RecursionError:
        raise garbage(_TOO_DEEP, call) from None
    except ValueError as error:
        found = str(error) if isinstance(error, _NumberError) else "not JSON"
        raise garbage(found, call) from error
    if body.count(b"[") + body.count(b"{") > DEEPEST and _is_deeper_than(value, DEEPEST):
        raise garbage(_TOO_DEEP, call)
    return cast("JsonValue", value)


class _NumberError(ValueError):
    """A number that JSON does not have."""


def _not_a_number(text: str) -> NoReturn:
    raise _NumberError(f"{text} where a number belongs")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        _not_a_number(text[:40])
    return number


def _is_deeper_than(value: Any, levels: int) -> bool:
    """Level by level, since what is asked here is whether recursion can be dared."""
    level = [value]
    for _ in range(levels):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


_TOO_DEEP: Final = f"more than {DEEPEST} levels inside each other"
