"""One piece of work, by asstctl or by a bare script, in a process of its own.

``python -m benchmarks.sync_work WHO WHAT URL FOLDER ASSISTANTS STORES FILES LARGE`` prints
the seconds that the work took and the largest memory of the process in MB, as JSON. What is
imported is imported before.
"""

import asyncio
import hashlib
import json
import resource
import sys
import time
import warnings
from collections.abc import Callable, Coroutine, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import openai

from asstctl.__main__ import collect_rarely
from asstctl.app.apply import apply
from asstctl.app.confirm import approve
from asstctl.app.connect import connect_to
from asstctl.app.plan import plan
from asstctl.app.source import Source
from asstctl.model.assistant import AssistantSpec, FileSearch
from asstctl.model.desired import Desired, DesiredAssistant, DesiredFile, DesiredStore
from asstctl.model.file import Content, LocalFile
from asstctl.model.project import AssistantsTarget, Project
from asstctl.model.vector_store import VectorStoreSpec

PARALLELISM: Final = 8
_IMPORTED_LATE: Final = (
    "asstctl.remote.assistants.account",
    "asstctl.remote.wire.connect",
    "asstctl.remote.wire.endpoint",
)
"""What the use cases import where they need it, and a clock should not."""
_MB: Final = 1024 * 1024
_TICK: Final = 0.005


class Job:
    """A project of that many assistants, stores and files, and an account for it.

    ``large`` is the size in MB of the one file of an upload.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        assistants: int = 0,
        stores: int = 0,
        files: int = 0,
        large: int = 0,
    ) -> None:
        self.url, self.folder, self.large = url, folder, large
        self.assistants, self.stores, self.files = assistants, stores, files
        self.desired = Desired(project="bench")

    def write(self) -> None:
        """The files on disk, each with content of its own."""
        for n in range(self.files):
            self.path(n).write_text(f"This is file {n}. " * 50, encoding="utf-8")

    def path(self, n: int) -> Path:
        """Where a file is."""
        return self.folder / f"{n}.md"

    def of_store(self, n: int) -> list[Path]:
        """The files of a store."""
        return [self.path(i) for i in range(n, self.files, self.stores)]

    def load(self) -> None:
        """Set ``desired`` to what the manifests would say. Loading them is measured elsewhere."""
        stores = tuple(
            DesiredStore(
                key=f"store-{n}",
                spec=VectorStoreSpec(name=f"Store {n}"),
                store_files=tuple(DesiredFile(_local(path)) for path in self.of_store(n)),
            )
            for n in range(self.stores)
        )
        assistants = tuple(
            DesiredAssistant(
                key=f"assistant-{n}",
                spec=AssistantSpec(
                    model="gpt-4o",
                    name=f"Assistant {n}",
                    instructions="Answer from the documents. " * 20,
                    tools=(FileSearch(),),
                    vector_store=f"store-{n % self.stores}",
                ),
            )
            for n in range(self.assistants)
        )
        self.desired = Desired(project="bench", assistants=assistants, stores=stores)


def _local(path: Path) -> LocalFile:
    return LocalFile(path.name, path, path.stat().st_size)


async def asstctl_plan(job: Job) -> None:
    """Refresh and compare; nothing may differ."""
    planned = await plan(_source(job))
    assert planned.plan.is_empty, planned.plan.writes[:2]


async def asstctl_apply(job: Job) -> None:
    """Refresh, compare and apply; everything must be done."""
    applied = await apply(_source(job), confirm=approve)
    changes = applied.result.changes
    assert applied.exit_code == 0, [change for change in changes if change.error][:2]


def _source(job: Job) -> Source:
    target = AssistantsTarget(name="bench", base_url=job.url, parallelism=PARALLELISM)
    return Source(Project(name="bench", root=job.folder, target=target), job.desired)


async def script_plan(job: Job) -> None:
    """The lists that tell whether anything differs, and the hashes of the files."""
    async with _sdk(job) as client:
        await asyncio.gather(
            asyncio.to_thread(_hash_all, job),
            _all(client.beta.assistants.list(limit=100)),
            _all(client.vector_stores.list(limit=100)),
        )


async def script_apply(job: Job) -> None:
    """Every upload, store, batch with attributes, look and assistant, once each."""
    hashes = await asyncio.to_thread(_hash_all, job)
    slots = asyncio.Semaphore(PARALLELISM)
    stores: dict[int, asyncio.Task[str]] = {}
    async with _sdk(job) as client:

        async def upload(path: Path) -> str:
            async with slots:
                with path.open("rb") as handle:
                    return (await client.files.create(file=handle, purpose="assistants")).id

        async def store(n: int) -> str:
            paths = job.of_store(n)
            ids = await asyncio.gather(*map(upload, paths))
            async with slots:
                made = await client.vector_stores.create(
                    name=f"Store {n}", metadata={"key": str(n)}
                )
            files: Any = [
                {"file_id": file_id, "attributes": {"path": path.name, "sha256": hashes[path]}}
                for path, file_id in zip(paths, ids, strict=True)
            ]
            async with slots:
                await client.vector_stores.file_batches.create(made.id, files=files)
            async with slots:
                await client.vector_stores.retrieve(made.id)
            return made.id

        async def assistant(n: int) -> None:
            linked = await stores[n % job.stores]
            async with slots:
                await client.beta.assistants.create(
                    model="gpt-4o",
                    name=f"Assistant {n}",
                    instructions="Answer from the documents. " * 20,
                    tools=[{"type": "file_search"}],
                    tool_resources={"file_search": {"vector_store_ids": [linked]}},
                    metadata={"key": str(n)},
                )

        async with asyncio.TaskGroup() as group:
            for n in range(job.stores):
                stores[n] = group.create_task(store(n))
            for n in range(job.assistants):
                group.create_task(assistant(n))


async def script_edit(job: Job) -> None:
    """The lists, and then the one file: upload, attach, look, detach, delete."""
    async with _sdk(job) as client:
        _, _, found = await asyncio.gather(
            asyncio.to_thread(_hash_all, job),
            _all(client.beta.assistants.list(limit=100)),
            _all(client.vector_stores.list(limit=100)),
        )
        store = next(item for item in found if item.name == "Store 0")
        held = [item async for item in client.vector_stores.files.list(store.id, limit=100)]
        with job.path(0).open("rb") as handle:
            made = await client.files.create(file=handle, purpose="assistants")
        await client.vector_stores.file_batches.create(
            store.id, files=[{"file_id": made.id, "attributes": {"path": "0.md"}}]
        )
        await client.vector_stores.retrieve(store.id)
        old = held[0].id
        await client.vector_stores.files.delete(old, vector_store_id=store.id)
        await client.files.delete(old)


async def asstctl_upload(job: Job) -> float:
    """One large file. The longest time for which the event loop stood still, in seconds."""
    path = job.folder / "large.bin"
    with path.open("wb") as file:
        file.truncate(job.large * _MB)
    stalls = [0.0]

    async def tick() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(_TICK)
            stalls.append(time.perf_counter() - before - _TICK)

    async with connect_to(_source(job).project, writes=True) as connection:
        ticking = asyncio.create_task(tick())
        content = Content(_local(path), "00" * 32)
        made = await connection.account.upload(content, path.name, lambda _: None)
        ticking.cancel()
        assert made.bytes == job.large * _MB, made
    return max(stalls)


def _hash_all(job: Job) -> dict[Path, str]:
    paths = map(job.path, range(job.files))
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


async def _all(pages: Any) -> list[Any]:
    return [item async for item in pages]


def _sdk(job: Job) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=job.url, api_key="none", max_retries=0)


WORK: Final[dict[str, Callable[[Job], Coroutine[Any, Any, float | None]]]] = {
    "asstctl plan": asstctl_plan,
    "asstctl apply": asstctl_apply,
    "asstctl edit": asstctl_apply,
    "asstctl upload": asstctl_upload,
    "script plan": script_plan,
    "script apply": script_apply,
    "script edit": script_edit,
}


def memory() -> float:
    """The largest resident size of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(arguments: Iterable[str]) -> None:
    """Do the work and print what it took."""
    who, what, url, folder, *sizes = arguments
    if who == "asstctl":
        collect_rarely()
    job = Job(url, Path(folder), *map(int, sizes))
    if job.stores:
        job.load()
    warnings.simplefilter("ignore", DeprecationWarning)
    openai.AsyncOpenAI(api_key="none").beta.assistants  # noqa: B018 - imported before the clock runs
    for module in _IMPORTED_LATE:
        import_module(module)
    before = memory()
    started = time.perf_counter()
    stall = asyncio.run(WORK[f"{who} {what}"](job))
    seconds = time.perf_counter() - started
    measured = {"seconds": seconds, "peak": memory(), "added": memory() - before, "stall": stall}
    print(json.dumps(measured))


if __name__ == "__main__":
    main(sys.argv[1:])
