"""Which APIs a server speaks, found out without making anything there.

Two of the APIs have a collection to list. The third has none, and a 404 for one response may speak
of the response or of the path. Unless the server names the response, what tells is a request to
create one that says nothing: it is refused wherever it is understood.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from asstctl.model.dialect import Api
from asstctl.model.json import JsonValue
from asstctl.remote.wire.wire import Wire
from asstctl.sync.doctor.check import Spoken
from asstctl.sync.ports import AccountError, Failure

_NOBODY: Final = "resp_none"
"""The id of a response that no server has."""
_NOT_HERE: Final = (Failure.MISSING, Failure.UNSUPPORTED)
_WORDS: Final = {
    Failure.UNAUTHORIZED: "the key is refused",
    Failure.FORBIDDEN: "forbidden",
    Failure.GARBAGE: "not an API",
}


COLLECTIONS: Final = {Api.ASSISTANTS: "/assistants", Api.AGENTS: "/agents"}
"""Where an API lists its objects; the third has none."""


async def apis_of(wire: Wire) -> tuple[Spoken, ...]:
    """What is known of each API, in the order of ``Api``. Raises nothing."""
    probes = (_by_collection(wire, api) if api in COLLECTIONS else _responses(wire) for api in Api)
    return tuple(await asyncio.gather(*probes))


async def _by_collection(wire: Wire, api: Api) -> Spoken:
    try:
        answer = await wire.get(COLLECTIONS[api], {"limit": 1})
    except AccountError as error:
        return _refused(api, error)
    if not _is_list(answer.value):
        return Spoken(api, False, "no list")
    return Spoken(api, True)


async def _responses(wire: Wire) -> Spoken:
    path = f"/responses/{_NOBODY}"
    try:
        answer = await wire.get(path)
    except AccountError as error:
        if error.failure is Failure.INVALID or _speaks_of(_NOBODY, error, path):
            return Spoken(Api.RESPONSES, True)
        if error.failure not in _NOT_HERE:
            return _refused(Api.RESPONSES, error)
    else:
        if answer.value is None:  # So some servers say that an object is missing.
            return Spoken(Api.RESPONSES, True)
    return await _by_creating_nothing(wire)


async def _by_creating_nothing(wire: Wire) -> Spoken:
    try:
        answer = await wire.create("/responses", {})
    except AccountError as error:
        if error.failure is Failure.INVALID:
            return Spoken(Api.RESPONSES, True)
        return _refused(Api.RESPONSES, error)
    if not _is_response(answer.value):
        return Spoken(Api.RESPONSES, False, "no response")
    return Spoken(Api.RESPONSES, True)


def _speaks_of(object_id: str, error: AccountError, path: str) -> bool:
    """Whether what is missing is the object, which the server names, and not the path."""
    return error.failure is Failure.MISSING and object_id in error.why and path not in error.why


def _refused(api: Api, error: AccountError) -> Spoken:
    """What an error says of an API. Some say only that nobody can tell."""
    status = f"HTTP {error.status}" if error.status else ""
    words = _WORDS.get(error.failure, "" if status else error.what)
    found = ", ".join(filter(None, (words, status)))
    absent = error.failure in (*_NOT_HERE, Failure.GARBAGE)
    return Spoken(api, False if absent else None, found, error)


def _is_list(value: JsonValue) -> bool:
    return isinstance(value, list) or (isinstance(value, Mapping) and "data" in value)


def _is_response(value: JsonValue) -> bool:
    return isinstance(value, Mapping) and "id" in value
