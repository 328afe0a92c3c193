"""The one way in which files are searched, whoever asks: runs, responses, the API itself."""

import asyncio

from asstctl.emulator.search import Meaning, Passage, Searching, search
from asstctl.emulator.storage import Storage


async def find_passages(storage: Storage, searching: Searching, query: str) -> tuple[Passage, ...]:
    """Give what `asstctl.emulator.search.search` finds, by meaning too where there is an embedder.

    What has no vector yet is found by words, and gets one for the next time.
    """
    meaning = await _meaning(storage, query) if searching.weights.meaning else None
    outcome = await asyncio.to_thread(search, storage.database, searching, query, meaning)
    if outcome.lacks_vectors and storage.embedding and meaning:
        storage.embedding.catch_up(len(meaning.vector))
    return outcome.passages


async def _meaning(storage: Storage, query: str) -> Meaning | None:
    if storage.embedding is None:
        return None
    vector = await storage.embedding.of_query(query)
    return Meaning(storage.embedding.model, vector) if vector else None
