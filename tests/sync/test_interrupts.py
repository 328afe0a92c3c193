"""Ctrl-C once: nothing more is begun, what is in flight is finished, and the next apply ends it."""

import asyncio

from asstctl.errors import ExitCode
from asstctl.plan.change import Change
from asstctl.sync.apply import ApplyOptions, apply_plan
from asstctl.sync.observer import ApplyObserver
from asstctl.sync.result import ApplyResult, Status
from support.clock import run
from support.engine import AS_IS, Engine, plan_with
from support.projects import assistant, project
from support.server import Server

OPTIONS = ApplyOptions(parallelism=1, indexing_timeout=60.0)


class _InterruptsAtTheFirstChange(ApplyObserver):
    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def change_started(self, change: Change) -> None:
        self._stop.set()


def test_what_is_in_flight_is_finished_and_the_rest_is_left(server: Server) -> None:
    engine = Engine(server, parallelism=1)
    desired = project(*(assistant(f"a{number}") for number in range(6)))

    async def interrupted() -> ApplyResult:
        async with engine.account() as account:
            made = await plan_with(account, desired, AS_IS)
            stop = asyncio.Event()
            return await apply_plan(
                made.plan,
                made.contents,
                made.actual,
                account,
                OPTIONS,
                observer=_InterruptsAtTheFirstChange(stop),
                stop=stop,
            )

    result = run(interrupted())

    assert result.exit_code is ExitCode.INTERRUPTED
    assert 1 <= result.count(Status.DONE) < 6
    assert result.count(Status.DONE) + result.count(Status.SKIPPED) == 6
    assert len(server.state.assistants) == result.count(Status.DONE)

    engine.converge(desired)

    assert len(server.state.assistants) == 6
