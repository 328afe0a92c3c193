"""The clients of a server that has hostile documents to read, in a process of their own.

``python -m benchmarks.hardship_work URL COPIES UNPACKED OPERATORS PAGES TEXT``, from the folder of
the tests, prints as JSON the seconds that each kind of request took at most, that the harmless
documents attached after the hostile ones took until they could be found, and all of it together.
"""

import asyncio
import json
import sys
import time
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

import openai

from emulator.documents import bomb, many_operators, many_pages, pdf

_CLIENTS = 4
_PAUSE = 0.05
_TREE_MB = 31
"""A part of a document that is just within its limit."""

Ask = Callable[[], Awaitable[object]]


def hostile(unpacked: int, operators: int, pages: int, text: int) -> dict[str, bytes]:
    """What takes a parser long or much room; ``unpacked`` is in MB, ``text`` in bytes."""
    return {
        "bomb.docx": bomb(unpacked),
        "tree.docx": bomb(min(unpacked, _TREE_MB)),
        "operators.pdf": many_operators(operators),
        "pages.pdf": many_pages(pages),
        "lines.txt": b"ab\n" * (text // 3),
        "words.txt": b"ab " * (text // 3),
    }


def harmless() -> dict[str, bytes]:
    """What everybody has."""
    return {
        "note.md": b"The castle opens at nine.",
        "letter.pdf": pdf([(60, 780, "The castle opens at nine.")]),
    }


class Others:
    """Clients that go on asking, and the longest that each kind of request took, in seconds."""

    def __init__(self, client: openai.AsyncOpenAI) -> None:
        self._client = client
        self._over = asyncio.Event()
        self.longest: dict[str, float] = {}

    async def prepare(self) -> dict[str, Ask]:
        """What one of them asks; the SDK has built what it needs for that."""
        beta = self._client.beta
        assistant = await beta.assistants.create(model="gpt-4o")
        store = await self._client.vector_stores.create()
        thread = await beta.threads.create()
        asks: dict[str, Ask] = {
            "message": lambda: beta.threads.messages.create(thread.id, role="user", content="Hi."),
            "list": lambda: beta.threads.messages.list(thread.id),
            "search": lambda: self._client.vector_stores.search(store.id, query="castle"),
            "run": lambda: beta.threads.create_and_run(assistant_id=assistant.id),
        }
        for ask in asks.values():
            await ask()
        return asks

    async def ask(self, asks: dict[str, Ask]) -> None:
        """Ask one thing after the other until it is over."""
        while not self._over.is_set():
            for name, ask in asks.items():
                await self._timed(name, ask)
            await asyncio.sleep(_PAUSE)

    async def _timed(self, name: str, ask: Ask) -> None:
        started = time.perf_counter()
        await ask()
        took = time.perf_counter() - started
        self.longest[name] = max(took, self.longest.get(name, 0.0))

    def end(self) -> None:
        """Let them go."""
        self._over.set()


async def work(url: str, documents: dict[str, bytes], copies: int) -> dict[str, Any]:
    """Attach all documents at once, the harmless ones last, and ask until all are done with."""
    async with openai.AsyncOpenAI(base_url=url, api_key="any", max_retries=0) as client:
        uploads = await _upload(client, documents, copies)
        later = await _upload(client, harmless(), 1)
        store = await client.vector_stores.create()
        others = Others(client)
        prepared = [await others.prepare() for _ in range(_CLIENTS)]
        asking = [asyncio.create_task(others.ask(asks)) for asks in prepared]
        started = time.perf_counter()
        await client.vector_stores.file_batches.create(store.id, file_ids=[*uploads, *later])
        ended = await _ends(client, store.id, started)
        others.end()
        await asyncio.gather(*asking)
    taken = {name: ended[file_id][1] for file_id, name in later.items()}
    told = {name: ended[file_id][0] for file_id, name in uploads.items()}
    total = max(seconds for _, seconds in ended.values())
    return {"longest": others.longest, "harmless": taken, "told": told, "total": total}


async def _upload(
    client: openai.AsyncOpenAI, documents: dict[str, bytes], copies: int
) -> dict[str, str]:
    made = {}
    for name, data in [*documents.items()] * copies:
        upload = await client.files.create(file=(name, data), purpose="assistants")
        made[upload.id] = name
    return made


async def _ends(
    client: openai.AsyncOpenAI, store_id: str, started: float
) -> dict[str, tuple[str, float]]:
    """How the reading of each file ended, and after how many seconds it was seen."""
    ends: dict[str, tuple[str, float]] = {}
    while True:
        page = await client.vector_stores.files.list(store_id, limit=100)
        now = time.perf_counter() - started
        for file in page.data:
            if file.status != "in_progress" and file.id not in ends:
                ends[file.id] = (file.last_error.message if file.last_error else "", now)
        if len(ends) == len(page.data):
            return ends
        await asyncio.sleep(_PAUSE)


def main(url: str, copies: int, *sizes: int) -> None:
    """Do all of it."""
    warnings.simplefilter("ignore", DeprecationWarning)
    print(json.dumps(asyncio.run(work(url, hostile(*sizes), copies))))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
