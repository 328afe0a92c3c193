"""One run, from the request that starts it to its end or to the deadline."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from asstctl.model.json import JsonObject
from asstctl.smoke.functions import Functions, UnansweredCallError
from asstctl.smoke.ports import FunctionCall, Run, SmokeAccount, StreamEvent, Token
from asstctl.sync.ports import AccountError, Failure
from asstctl.text.words import abridged

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

SHORTEST_PAUSE = 0.1
"""Seconds before the first look at a run, when the server gives no hint."""

LONGEST_PAUSE = 3.0
"""Seconds that the pauses grow to, when the server gives no hint."""

LATENESS = 1 / 6
"""How much later than a run ended this may be noticed, as a part of what the run took."""

CANCEL_SECONDS = 10.0
"""Seconds that cancelling a run, after its deadline, may take."""

_LONGEST_APPROVAL = 200
"""Characters that are shown of what only a person could approve."""

DEADLINE = "deadline"
"""The outcome of a run that asstctl gave up on. No server has such a status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended: its last status or ``deadline``, and why, in the server's words.

    ``run`` is the last look at it; None when not even its start was answered in time.
    """

    status: str
    reason: str
    seconds: float
    run: Run | None = None
    calls: tuple[FunctionCall, ...] = ()


@dataclass(slots=True, kw_only=True)
class RunFollower:
    """Follows one run to its end: starts it, polls or streams it, and answers its calls.

    ``limit`` is the deadline in seconds after the start. ``on_token`` makes it stream: it is
    called with each piece of the reply. ``run`` is the last known state, ``calls`` are all that
    were made so far; both may be read at any time.
    """

    account: SmokeAccount
    functions: Functions
    limit: float
    on_token: Callable[[str], None] | None = None
    run: Run | None = None
    calls: list[FunctionCall] = field(default_factory=list)
    was_stopped: bool = False

    async def follow(self, conversation_id: str, assistant_id: str, options: JsonObject) -> Ended:
        """Start a run and follow it to its end, or to the deadline, which cancels it.

        A call that the case has no output for, and an approval that only a person could give, end
        it too, as ``requires_action``. Raises
        AccountError when a request fails, also when it was about to be retried at the deadline.
        """
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            async with asyncio.timeout(self.limit) as scope:
                run = await self._start(conversation_id, assistant_id, options)
                run = await self._follow(run)
        except UnansweredCallError as error:
            return self._ended("requires_action", str(error), clock() - started)
        except TimeoutError as error:
            if not scope.expired():
                raise
            if (failure := _pending_failure(error)) is not None:
                raise failure from None
            return await self._missed(clock, started)
        return self._ended(run.status, reason_of(run), clock() - started)

    def _ended(self, status: str, reason: str, seconds: float) -> Ended:
        # Judged to the millisecond: that is what reports say, from which it may be judged again.
        return Ended(
            status=status,
            reason=reason,
            seconds=round(seconds, 3),
            run=self.run,
            calls=tuple(self.calls),
        )

    async def _start(self, conversation_id: str, assistant_id: str, options: JsonObject) -> Run:
        if self.on_token is None:
            self.run = await self.account.start_run(conversation_id, assistant_id, options)
            return self.run
        return await self._listen(self.account.stream_run(conversation_id, assistant_id, options))

    async def _follow(self, run: Run) -> Run:
        # Servers may list a call as open after it was answered: none is answered twice.
        answered: frozenset[str] = frozenset()
        while not run.is_final:
            if run.wants_outputs and run.approvals:
                shown = map(self.functions.sensitive.text, run.approvals)
                asked = " and ".join(abridged(text, _LONGEST_APPROVAL) for text in shown)
                raise UnansweredCallError(f"{asked}, which nobody can give")
            waiting = frozenset(call.id for call in run.calls)
            if run.wants_outputs and not waiting <= answered:
                run = await self._answer(run)
                answered |= waiting
            else:
                run = await self._poll(run)
        return run

    async def _answer(self, run: Run) -> Run:
        self.calls.extend(run.calls)
        results = await self.functions.answer(run.calls)
        if self.on_token is None:
            self.run = await self.account.submit_outputs(run, results)
            return self.run
        return await self._listen(self.account.stream_outputs(run, results))

    async def _poll(self, run: Run) -> Run:
        """Poll until the run changes, with growing pauses. A short deadline keeps them short."""
        clock = asyncio.get_running_loop().time
        started, longest = clock(), max(self.limit / 10, 0.05)
        seen = run
        while True:
            pause = min(max((clock() - started) * LATENESS, SHORTEST_PAUSE), LONGEST_PAUSE)
            await asyncio.sleep(min(seen.poll_after or pause, longest))
            seen = self.run = await self.account.retrieve_run(run.conversation_id, run.id)
            changed = seen.wants_outputs and (seen.calls != run.calls or seen.approvals)
            if seen.is_final or changed:
                return seen

    async def _listen(self, events: AsyncIterator[StreamEvent]) -> Run:
        """Pass tokens on; the last state of the run in the stream is the one that counts."""
        stream = cast("AsyncGenerator[StreamEvent, None]", events)
        async with aclosing(stream):
            async for event in stream:
                if isinstance(event, Token):
                    if self.on_token is not None:
                        self.on_token(event.text)
                else:
                    self.run = event
        if self.run is None:
            raise AccountError(
                "the account ended the stream without a word about the run",
                failure=Failure.GARBAGE,
            )
        return self.run

    async def _missed(self, clock: Callable[[], float], started: float) -> Ended:
        """Cancel the run, unless it turns out to have just ended by itself."""
        waited, last = clock() - started, self.run
        await self.stop()
        if self.run is not None and self.run.is_final and self.run.status != "cancelled":
            return self._ended(self.run.status, reason_of(self.run), clock() - started)
        state = f"the run was still {last.status}" if last else "the run had not even started"
        reason = f"missed the deadline of {self.limit:g} s: {state} and was cancelled"
        return self._ended(DEADLINE, reason, waited)

    async def stop(self) -> None:
        """Cancel the run, once, if it has not ended, and read its last state. Never raises."""
        if self.run is None or self.run.is_final or self.was_stopped:
            return
        run, self.was_stopped = self.run, True
        try:
            async with asyncio.timeout(CANCEL_SECONDS):
                stopped = await self.account.cancel_run(run.conversation_id, run.id)
                self.run = stopped or await self.account.retrieve_run(run.conversation_id, run.id)
        except (AccountError, TimeoutError):
            return


def _pending_failure(error: BaseException | None) -> AccountError | None:
    """The failure of a request that was waiting to be retried when the deadline came, if any.

    Then it is the account that took too long, not the assistant.
    """
    while error is not None and not isinstance(error, AccountError):
        error = error.__cause__ or error.__context__
    return error


def reason_of(run: Run) -> str:
    """Why a run ended the way it did, in the server's words; empty for ``completed``.

    ``failed: rate_limit_exceeded: Slow down.``, or what the status means where nothing is said.
    """
    if run.status == "completed":
        return ""
    said = ": ".join(text for text in (run.error_code, run.error_message) if text)
    parts = (run.status, run.incomplete_reason or "", said)
    explained = ": ".join(part for part in parts if part)
    return explained if explained != run.status else _UNEXPLAINED.get(run.status, run.status)


_UNEXPLAINED = {
    "failed": "failed, and the server does not say why",
    "expired": "expired: the server gave up on the run before it was finished",
    "cancelled": "cancelled, not by asstctl",
    "incomplete": "incomplete, and the server does not say why",
}
