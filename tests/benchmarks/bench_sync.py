"""Plan and apply beside a bare script that makes the minimum of calls with the same SDK.

The server is a process of its own that answers 20 ms late; both sides keep eight requests in
flight. A plan without changes needs the lists alone. An apply from nothing needs, per store with
files, its creation, its uploads, one batch, one look whether it is indexed, and one stamp at the
end; and one creation per assistant. The rows about requests and memory hold counts and megabytes
where others hold seconds.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import openai

from asstctl.model.assistant import AssistantSpec, FileSearch
from asstctl.model.desired import Desired, DesiredAssistant, DesiredFile, DesiredStore
from asstctl.model.file import LocalFile
from asstctl.model.project import AssistantsTarget
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.plan.planner import make_plan
from asstctl.plan.scope import PlanOptions
from asstctl.remote.assistants.account import AssistantsAccount
from asstctl.remote.assistants.client import connect
from asstctl.remote.assistants.transport import Transport
from asstctl.sync.apply import ApplyOptions, apply_plan
from asstctl.sync.ports import Account
from asstctl.sync.refresh import observe

from .rows import Row

PARALLELISM = 8
BUDGET = 1.2
FILES_PER_STORE = 5
UPLOAD_MB = 512
UPLOAD_BUDGET_MB = 64
_SERVER = Path(__file__).with_name("slow_account.py")
Bare = Callable[[openai.AsyncOpenAI], Awaitable[object]]


def run(resources: int = 1000, upload_mb: int = UPLOAD_MB) -> list[Row]:
    """``resources`` assistants, as many stores, and five files for each store."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        desired = _project(Path(folder), resources)
        edited = _with_one_edit(desired)
        with _served() as ours, _served() as theirs:
            bare = _Bare(theirs.url, desired)
            rows = [
                *_row("apply from nothing", ours, _apply(ours, desired), theirs, bare.everything()),
                *_row("plan without changes", ours, _plan(ours, desired), theirs, bare.lists()),
                *_row("apply one edit", ours, _apply(ours, edited), theirs, bare.one_edit()),
            ]
            return [*rows, _upload_memory(ours.url, Path(folder), upload_mb)]


# --- asstctl ------------------------------------------------------------------------------------


async def _plan(server: "_Server", desired: Desired) -> None:
    async with _account(server.url) as account:
        plan = await _made(account, desired)
        assert plan[0].is_empty, plan[0].summary


async def _apply(server: "_Server", desired: Desired) -> None:
    async with _account(server.url) as account:
        plan, contents, actual = await _made(account, desired)
        options = ApplyOptions(parallelism=PARALLELISM, indexing_timeout=600)
        result = await apply_plan(plan, contents, actual, account, options)
        assert result.exit_code == 0, result.failed[:1]


async def _made(account: Account, desired: Desired) -> Any:
    contents, actual = await observe(account, desired)
    plan = make_plan(desired, contents, actual, target="bench", commit=None, options=PlanOptions())
    return plan, contents, actual


class _account:  # noqa: N801 - reads as the context manager that it is
    """An account on the server, as the command line opens it."""

    def __init__(self, url: str) -> None:
        self._target = AssistantsTarget(name="bench", base_url=url, parallelism=PARALLELISM)
        self._client = connect(self._target)

    async def __aenter__(self) -> AssistantsAccount:
        client = await self._client.__aenter__()
        transport = Transport(client, parallelism=PARALLELISM, timeout=self._target.timeout)
        return AssistantsAccount(transport, "bench")

    async def __aexit__(self, *error: object) -> None:
        await self._client.__aexit__(None, None, None)


# --- the bare script ----------------------------------------------------------------------------


class _Bare:
    """The least that anybody would have to send, with the SDK's own methods."""

    def __init__(self, url: str, desired: Desired) -> None:
        self._url = url
        self._desired = desired
        self._slots = asyncio.Semaphore(PARALLELISM)

    async def lists(self) -> None:
        async with self._client() as client:
            await asyncio.gather(
                self._pages(client.beta.assistants.list),
                self._pages(client.vector_stores.list),
                self._do(lambda: client.files.list(limit=10_000)),
            )

    async def everything(self) -> None:
        async with self._client() as client:
            await asyncio.gather(
                *(self._store(client, store) for store in self._desired.stores),
            )

    async def one_edit(self) -> None:
        await self.lists()
        async with self._client() as client:
            page = await self._do(lambda: client.beta.assistants.list(limit=1))
            assistant = page.data[0].id
            await self._do(lambda: client.beta.assistants.retrieve(assistant))
            await self._do(lambda: client.beta.assistants.update(assistant, name="edited"))
            await self._do(lambda: client.beta.assistants.retrieve(assistant))

    async def _store(self, client: openai.AsyncOpenAI, store: DesiredStore) -> None:
        uploads = await asyncio.gather(
            *(self._upload(client, entry.file.source) for entry in store.store_files)
        )
        made = await self._do(lambda: client.vector_stores.create(name=store.key))
        files = [{"file_id": upload.id} for upload in uploads]
        await self._do(
            lambda: client.vector_stores.file_batches.create(made.id, files=files)  # type: ignore[arg-type]
        )
        await self._do(lambda: client.vector_stores.retrieve(made.id))
        await self._do(lambda: client.vector_stores.update(made.id, metadata={"done": "1"}))
        await self._do(
            lambda: client.beta.assistants.create(
                model="gpt-4o",
                name=store.key,
                tools=[{"type": "file_search"}],
                tool_resources={"file_search": {"vector_store_ids": [made.id]}},
            )
        )

    async def _upload(self, client: openai.AsyncOpenAI, path: Path) -> Any:
        async with self._slots:
            with path.open("rb") as handle:
                return await client.files.create(file=handle, purpose="assistants")

    async def _pages(self, read: Callable[..., Any]) -> None:
        query: dict[str, Any] = {"limit": 100}
        while True:
            page = await self._do(partial(read, **query))
            if not page.data or not page.has_more:
                return
            query["after"] = page.data[-1].id

    async def _do(self, call: Callable[[], Any]) -> Any:
        async with self._slots:
            return await call()

    def _client(self) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(base_url=self._url, api_key="any", max_retries=0)


# --- measuring ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Server:
    url: str

    @property
    def requests(self) -> int:
        with urllib.request.urlopen(self.url.replace("/v1", "/count")) as answer:
            return int(answer.read())


def _row(
    name: str,
    ours: _Server,
    work: Coroutine[Any, Any, None],
    theirs: _Server,
    bare: Coroutine[Any, Any, None],
) -> list[Row]:
    seconds, requests = _timed(ours, work)
    least_seconds, least_requests = _timed(theirs, bare)
    return [
        Row(name, seconds, "a bare script", least_seconds, BUDGET),
        Row(f"{name}: requests", requests, "the minimum", least_requests),
    ]


def _timed(server: _Server, work: Coroutine[Any, Any, None]) -> tuple[float, float]:
    before = server.requests
    started = time.perf_counter()
    asyncio.run(work)
    return time.perf_counter() - started, float(server.requests - before)


def _upload_memory(url: str, folder: Path, megabytes: int) -> Row:
    """How much the process grows while it sends one large file, in megabytes."""
    path = folder / "large.csv"
    with path.open("wb") as handle:
        handle.truncate(megabytes * 1_000_000)
    command = [sys.executable, "-c", _UPLOAD, url, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    grown = max(float(done.stdout), 0.001)
    return Row(f"upload of {megabytes} MB: MB added", grown, "budget", UPLOAD_BUDGET_MB, 1.0)


_UPLOAD = """
import asyncio, resource, sys
from pathlib import Path
from asstctl.model.file import Content, LocalFile
from asstctl.model.project import AssistantsTarget
from asstctl.remote.assistants.account import AssistantsAccount
from asstctl.remote.assistants.client import connect
from asstctl.remote.assistants.transport import Transport

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000

async def main(url, path):
    async with connect(AssistantsTarget(name="bench", base_url=url)) as client:
        account = AssistantsAccount(Transport(client, parallelism=8, timeout=600), "bench")
        await account.list_uploads()
        before = peak()
        content = Content(LocalFile("large.csv", path, path.stat().st_size), "0" * 64)
        await account.upload(content, "large.csv", lambda _: None)
        print(peak() - before)

asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
"""


@contextmanager
def _served() -> Iterator[_Server]:
    command = [sys.executable, str(_SERVER)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield _Server(f"http://127.0.0.1:{int(server.stdout.readline())}/v1")
    finally:
        server.terminate()
        server.communicate()


def _project(folder: Path, resources: int) -> Desired:
    stores, assistants = [], []
    for number in range(resources):
        key = f"r{number:04}"
        files = []
        for part in range(FILES_PER_STORE):
            path = folder / key / f"{part}.md"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"Page {part} of {key}.\n" * 20, encoding="utf-8")
            name = path.relative_to(folder).as_posix()
            files.append(DesiredFile(LocalFile(name, path, path.stat().st_size)))
        stores.append(
            DesiredStore(key=key, spec=VectorStoreSpec(name=key), store_files=tuple(files))
        )
        spec = AssistantSpec(model="gpt-4o", name=key, tools=(FileSearch(),), vector_store=key)
        assistants.append(DesiredAssistant(key=key, spec=spec))
    return Desired(project="bench", stores=tuple(stores), assistants=tuple(assistants))


def _with_one_edit(desired: Desired) -> Desired:
    first, *others = desired.assistants
    edited = replace(first, spec=replace(first.spec, instructions="Be brief."))
    return replace(desired, assistants=(edited, *others))
