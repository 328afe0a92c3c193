"""A whole plan and status over answers with one wrong value each: shown, or an ordinary error.

The decoders are swept in ``tests/remote/test_sweep.py``; here it is what comes after them, with the
bytes that a server would send.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest

from asstctl.emulator import Account, open_account
from asstctl.errors import AsstctlError
from asstctl.model.desired import Desired
from asstctl.plan.saved.document import to_document
from asstctl.plan.saved.saved_plan import Binding, SavedPlan
from asstctl.remote.assistants.account import AssistantsAccount
from asstctl.remote.wire.connect import connect_in_process
from asstctl.remote.wire.in_process import Message
from asstctl.sync.apply import ApplyOptions, apply_plan
from asstctl.sync.result import Status
from asstctl.views.plan.human import render_plan
from asstctl.views.plan.json import plan_document
from asstctl.views.plan.markdown import render_markdown
from asstctl.views.status.env import render_env
from asstctl.views.status.human import render_status
from asstctl.views.status.json import status_document
from asstctl.views.terminal import Screen
from support.engine import AS_IS, plan_with
from support.projects import Folder, mixed

Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Way = tuple[str | int, ...]

WRONG: Final = (
    b"null",
    b"1e999",
    b"1" * 400,
    b'"\\ud800"',
    b'"\\u001b[2J\\r\\n\\u202e\\u0000"',
    b'[null, [], {"id": 1}]',
    b"[" * 150 + b"]" * 150,
    b"[" * 50_000 + b"]" * 50_000,
)
LISTS: Final = ("assistants", "vector_stores", "files", "vector_stores/{}/files")


@dataclass
class Damaging:
    """The local account, one value in the answers to one path replaced."""

    account: Account
    path: str = ""
    way: Way = ()
    value: bytes = b""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET" or scope["path"] != self.path:
            await self.account.app(scope, receive, send)
            return
        head: Message = {}
        body = b""

        async def keep(message: Message) -> None:
            nonlocal head, body
            head = head or message
            body += message.get("body", b"")

        await self.account.app(scope, receive, keep)
        await send({**head, "headers": []})
        await send({"type": "http.response.body", "body": self._damaged(body)})

    def _damaged(self, body: bytes) -> bytes:
        answer = json.loads(body)
        if not _has(answer, self.way):
            return body
        return json.dumps(_put(answer, self.way, _MARK)).encode().replace(_QUOTED, self.value)


_MARK: Final = "here stands what is wrong"
_QUOTED: Final = json.dumps(_MARK).encode()


def _has(value: Any, way: Way) -> bool:
    with suppress(LookupError, TypeError):
        for step in way:
            value = value[step]
        return True
    return False


def _put(value: Any, way: Way, new: Any) -> Any:
    if not way:
        return new
    copy = value.copy()
    copy[way[0]] = _put(value[way[0]], way[1:], new)
    return copy


def _places(value: Any, way: Way = ()) -> Iterator[Way]:
    """The ways to every value inside; of a list, only to its first."""
    yield way
    members = dict(enumerate(value[:1])) if isinstance(value, list) else value
    for step, item in members.items() if isinstance(members, dict) else ():
        yield from _places(item, (*way, step))


@asynccontextmanager
async def _applied(folder: Path) -> AsyncIterator[tuple[Damaging, Desired]]:
    desired = mixed(Folder(folder))
    async with open_account(None) as opened:
        damaging = Damaging(opened)
        async with connect_in_process(damaging) as wire:
            account = AssistantsAccount(wire, "local")
            made = await plan_with(account, desired, AS_IS)
            options = ApplyOptions(parallelism=4, indexing_timeout=30)
            result = await apply_plan(made.plan, made.contents, made.actual, account, options)
            assert all(change.status is Status.DONE for change in result.changes)
        yield damaging, desired


async def _look(damaging: Damaging, desired: Desired) -> None:
    """Everything that plan and status print."""
    async with connect_in_process(damaging, seconds=5) as wire:
        made = await plan_with(AssistantsAccount(wire, "local"), desired, AS_IS)
    plan = made.plan
    binding = Binding.of(plan, made.contents, made.actual)
    saved = SavedPlan(plan=plan, options=AS_IS, binding=binding)
    shown = [
        render_plan(plan),
        render_plan(plan, Screen(color=True, width=40)),
        render_markdown(plan, max_bytes=5000),
        render_status(plan),
        json.dumps(status_document(plan), allow_nan=False, default=dict),
        json.dumps(to_document(saved), allow_nan=False, default=dict),
        json.dumps(plan_document(plan), default=dict),
    ]
    for text in shown:
        text.encode()
        assert "\x1b[2J" not in text
    with suppress(AsstctlError):
        render_env(plan)


@pytest.mark.parametrize("listed", LISTS)
def test_one_wrong_value_is_shown_or_told(tmp_path: Path, listed: str) -> None:
    async def sweep() -> int:
        tried = 0
        async with _applied(tmp_path) as (damaging, desired):
            async with connect_in_process(damaging) as wire:
                stores: Any = (await wire.get("/vector_stores")).value
                path = listed.format(stores["data"][0]["id"])
                answer = (await wire.get(f"/{path}", {"limit": 100})).value
            for way, value in product(_places(answer), WRONG):
                damaging.path, damaging.way, damaging.value = f"/v1/{path}", way, value
                tried += 1
                try:
                    with suppress(AsstctlError):
                        await _look(damaging, desired)
                except Exception as error:
                    raise AssertionError(f"{listed}: {way} is {value[:40]!r}") from error
        return tried

    assert asyncio.run(sweep()) > 5 * len(WRONG)
