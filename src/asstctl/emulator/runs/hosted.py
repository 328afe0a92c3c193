"""The tools that the account runs itself: file search, and a code interpreter that declines."""

import asyncio
from contextlib import suppress
from dataclasses import replace

from asstctl.emulator.models.base import (
    Call,
    CodeCall,
    FileSearchCall,
    Found,
    FunctionCall,
    ModelError,
    Prompt,
)
from asstctl.emulator.runs import prompt as prompts
from asstctl.emulator.runs import state
from asstctl.emulator.runs.citations import marker
from asstctl.emulator.search import search
from asstctl.emulator.storage import Storage
from asstctl.emulator.store import vectors
from asstctl.emulator.store.collections import VECTOR_STORES, Body

_NO_INTERPRETER = (
    "The code interpreter is not available: this account runs no code. Nothing was executed."
)
_DEFAULT_RANKING: Body = {"ranker": "default_2024_08_21", "score_threshold": 0.0}


async def carry_out(
    storage: Storage, run: Body, prompt: Prompt, calls: tuple[Call, ...]
) -> tuple[Call, ...]:
    """Give the calls with their results. Functions keep none: the client answers them."""
    done: list[Call] = []
    found = 0
    for call in calls:
        match call:
            case FileSearchCall():
                result = await _search(storage, run, prompt, call, found)
                found += len(result.results)
                done.append(result)
            case CodeCall():
                done.append(replace(call, logs=_NO_INTERPRETER))
            case FunctionCall():
                done.append(call)
    return tuple(done)


def ranking(run: Body) -> Body:
    """Give how the run's file search ranks."""
    return dict(_options(run).get("ranking_options") or _DEFAULT_RANKING)


async def _search(
    storage: Storage, run: Body, prompt: Prompt, call: FileSearchCall, found: int
) -> FileSearchCall:
    """Search the run's stores; ``found`` results of this turn came before."""
    inner = state.inner_of(storage.database, run["id"])
    store_ids = tuple(prompts.run_resources(storage.database, run, inner)[0])
    _use_stores(storage, store_ids)
    if store_ids:
        # What is not indexed in time is simply not found, as it was with the original.
        with suppress(TimeoutError):
            await storage.indexer.settled(store_ids)
    passages = await asyncio.to_thread(
        search,
        storage.database,
        store_ids,
        call.query,
        limit=_options(run).get("max_num_results") or _default_results(run["model"]),
        threshold=ranking(run)["score_threshold"],
    )
    # The number that the original put there: where the result stands among the messages.
    place = 3 + len(prompt.history) + len(prompt.rounds)
    results = [
        Found(
            marker(place, found + index, passage.file_name),
            passage.file_id,
            passage.file_name,
            passage.score,
            passage.text,
            passage.matched,
        )
        for index, passage in enumerate(passages)
    ]
    return replace(call, results=tuple(results))


def _use_stores(storage: Storage, store_ids: tuple[str, ...]) -> None:
    """Note that stores are used; one that is gone or expired fails the run."""
    with storage.write() as writer:
        for store_id in store_ids:
            store = VECTOR_STORES.find(writer.database, store_id)
            if store is None:
                raise ModelError(f"No vector store found with id '{store_id}'.")
            if vectors.is_expired(store, storage.clock()):
                raise ModelError(f"The vector store '{store_id}' has expired.")
            vectors.touch(writer.connection, writer.database, store_id, writer.now)


def _options(run: Body) -> Body:
    for tool in run["tools"]:
        if tool["type"] == "file_search":
            return dict(tool.get("file_search") or {})
    return {}


def _default_results(model: str) -> int:
    """Give how many passages the original put before a model that was not told how many."""
    return 5 if model.startswith("gpt-3.5") else 20
