"""The tools that the account runs itself: file search and code; commands are declined."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import partial

from asstctl.emulator.finding import find_passages
from asstctl.emulator.models.base import (
    Call,
    CodeCall,
    FileSearchCall,
    Found,
    FunctionCall,
    ModelError,
    Prompt,
    Round,
)
from asstctl.emulator.search import Passage, Searching, search_environment
from asstctl.emulator.storage import Storage
from asstctl.emulator.store import vectors
from asstctl.emulator.store.collections import VECTOR_STORES
from asstctl.emulator.work import code
from asstctl.emulator.work.citations import marker
from asstctl.emulator.work.interpreter import Interpreter
from asstctl.emulator.work.work import Reading, Recorder

_NO_SHELL = "The shell is not available: this account runs no commands. Nothing was executed."


async def carry_out(
    storage: Storage,
    searching: Searching | Reading,
    interpreter: Interpreter | None,
    prompt: Prompt,
    calls: tuple[Call, ...],
    recorder: Recorder,
) -> tuple[Call, ...]:
    """Give the calls with their results. Functions keep none: the client answers them."""
    done: list[Call] = []
    found = 0
    for place, call in enumerate(calls):
        match call:
            case FileSearchCall():
                result = await _search(storage, searching, prompt, call, found)
                found += len(result.results)
                done.append(result)
            case CodeCall(tool="shell"):
                done.append(replace(call, logs=_NO_SHELL))
            case CodeCall():
                tell = partial(recorder.log, place)
                now = replace(prompt, rounds=(*prompt.rounds, Round("", tuple(done))))
                done.append(await code.run(storage, interpreter, now, call, tell))
            case FunctionCall():
                done.append(call)
    return tuple(done)


async def _search(
    storage: Storage,
    searching: Searching | Reading,
    prompt: Prompt,
    call: FileSearchCall,
    found: int,
) -> FileSearchCall:
    """Search the stores, or the environment; ``found`` results of this turn came before."""
    if isinstance(searching, Reading):
        passages = await asyncio.to_thread(
            search_environment,
            storage.database,
            searching.environment_id,
            call.query,
            limit=searching.limit,
        )
        return replace(call, results=tuple(_found("", passage) for passage in passages))
    _use_stores(storage, searching.store_ids)
    if searching.store_ids:
        # What is not indexed in time is simply not found, as it was with the original.
        with suppress(TimeoutError):
            await storage.indexer.settled(searching.store_ids)
    passages = await find_passages(storage, searching, call.query)
    # The number that the original put there: where the result stands among the messages.
    place = 3 + len(prompt.history) + len(prompt.rounds)
    results = [
        _found(marker(place, found + index, passage.file_name), passage)
        for index, passage in enumerate(passages)
    ]
    return replace(call, results=tuple(results))


def _found(mark: str, passage: Passage) -> Found:
    return Found(
        mark,
        passage.file_id,
        passage.file_name,
        passage.score,
        passage.text,
        passage.matched,
        dict(passage.attributes),
    )


def _use_stores(storage: Storage, store_ids: tuple[str, ...]) -> None:
    """Note that stores are used; one that is gone or expired fails the work."""
    with storage.write() as writer:
        for store_id in store_ids:
            store = VECTOR_STORES.find(writer.database, store_id)
            if store is None:
                raise ModelError(f"No vector store found with id '{store_id}'.")
            if vectors.is_expired(store, storage.clock()):
                raise ModelError(f"The vector store '{store_id}' has expired.")
            vectors.touch(writer.connection, writer.database, store_id, writer.now)
