"""Runs in threads end by an interrupt or a failure, at any request: nothing stays behind."""

from pathlib import Path
from typing import Any

import pytest
from disturbances import (
    Failing,
    Interrupting,
    at_each_request,
    left_after_interrupts,
    receipt_in,
)
from smoke_fakes import case, expect

from asstctl.model.smoke import Attachment, SmokeCase, Turn
from asstctl.remote.assistants.conversations import Conversations
from asstctl.remote.assistants.leftovers import ThreadLeftovers
from asstctl.remote.wire.connect import connect_in_process
from asstctl.smoke.leftovers import Leftover, remove_all
from asstctl.smoke.options import SmokeOptions, Subject
from asstctl.smoke.result import CaseResult, CaseStatus
from asstctl.smoke.runner import run_smoke
from support.clock import run
from support.conversation import RunScript
from support.server import Server

AFTER = pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
WAYS = pytest.mark.parametrize("stream", [False, True], ids=["polled", "streamed"])
BEGINS = pytest.mark.parametrize("at_once", [True, False], ids=["at once", "stepwise"])
DONE: Any = {"status": "completed"}


class Account(Server):
    """Keeps threads and uploads."""

    @property
    def left(self) -> list[str]:
        return [*self.conversation.threads, *(file["id"] for file in self.state.files_shown())]


class Interrupted(Interrupting, Account):
    """Interrupts smoke."""


class Failed(Failing, Account):
    """Loses a request."""


def script(*, at_once: bool, lists: bool = False) -> RunScript:
    """Every look finds a run at its end; its thread is made with it, or before."""
    events = [("thread.run.created", {}), ("thread.run.completed", DONE)]
    return RunScript(
        begins_threads=at_once, lists_threads=lists, statuses=["completed"] * 9, events=events
    )


def asking(folder: Path) -> SmokeCase:
    """Two turns, of which the second has an attachment."""
    attached = (Attachment(receipt_in(folder), ("code_interpreter",)),)
    expected = expect(contains="Hello")
    return case(
        turns=(
            Turn(prompt="one", expect=expected),
            Turn(prompt="two", expect=expected, attachments=attached),
        )
    )


async def smoking(server: Account, held: SmokeCase, *, stream: bool) -> CaseResult:
    async with connect_in_process(server, seconds=60) as wire:
        result = await run_smoke(
            Conversations(wire, "shop"),
            [Subject(key="guide", assistant_id="asst_1", cases=(held,))],
            target="prod",
            options=SmokeOptions(stream=stream),
        )
    return result.cases[0]


@AFTER
@BEGINS
@WAYS
def test_an_interrupt_at_any_request_leaves_nothing(
    tmp_path: Path, stream: bool, at_once: bool, after: bool
) -> None:
    held = asking(tmp_path)

    requests, left = left_after_interrupts(
        lambda: Interrupted(script=script(at_once=at_once)),
        lambda server: smoking(server, held, stream=stream),
        after=after,
    )

    assert requests > 9
    assert left == {}


@pytest.mark.parametrize("lists", [True, False], ids=["listed", "not listed"])
@AFTER
@WAYS
def test_a_failure_at_any_request_is_made_good_or_told(
    tmp_path: Path, stream: bool, after: bool, lists: bool
) -> None:
    held = asking(tmp_path)

    requests, struck = at_each_request(
        lambda: Failed(script=script(at_once=True, lists=lists)),
        lambda server: run(smoking(server, held, stream=stream)),
        after=after,
    )

    bad: dict[str, Any] = {}
    for server, found in struck:
        upload = server.struck == "POST /v1/files"
        orphans = after and (upload or (server.struck == "POST /v1/threads/runs" and not lists))
        status = CaseStatus.ERROR if upload else CaseStatus.PASSED
        if found.status is not status or len(server.left) != orphans:
            bad[server.struck] = found.reason, server.left
    assert requests > 9
    assert bad == {}


@pytest.mark.parametrize("lists", [True, False], ids=["listed", "not listed"])
def test_what_a_dead_process_left_is_found_and_deleted_where_threads_are_listed(
    lists: bool,
) -> None:
    server = Account(script=script(at_once=True, lists=lists))
    for project in ("shop", "other", "shop", None):
        stamp = {"asstctl_smoke": project, "asstctl_case": "guide · one"} if project else {}
        server.conversation.create_thread({"metadata": stamp})
    mine = [server.left[0], server.left[2]]

    async def collect() -> tuple[Leftover, ...] | None:
        async with connect_in_process(server) as wire:
            account = ThreadLeftovers(wire, "shop")
            found = await account.left_behind()
            removed = await remove_all(account, (*(found or ()), *(found or ())))
            assert [item.error for item in removed if item.error] == []
            return found

    found = run(collect())

    if lists:
        assert found is not None
        assert [(str(item.place), item.case) for item in found] == [
            (f"thread {thread}", "guide · one") for thread in mine
        ]
    else:
        assert found is None
    assert len(server.left) == (2 if lists else 4)
