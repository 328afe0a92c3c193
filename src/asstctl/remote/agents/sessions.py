"""The requests of a session: it is made, spoken to, looked at, quietened and deleted."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from asstctl.model.json import JsonObject, JsonValue
from asstctl.remote.agents.decode_sessions import is_over, read_run, read_session
from asstctl.remote.agents.encode_sessions import CANCEL, file_body
from asstctl.remote.agents.held import Held
from asstctl.remote.storage import values
from asstctl.remote.storage.decode import as_object
from asstctl.remote.storage.gone import NOT_HERE
from asstctl.remote.storage.smoke import MARK
from asstctl.remote.wire.exactly_once import exactly_once
from asstctl.remote.wire.paths import path_to
from asstctl.remote.wire.wire import Query, Wire
from asstctl.smoke.ports import Run
from asstctl.sync.ports import AccountError, Failure

SESSIONS: Final = ("agents", "sessions")
_ENVIRONMENTS: Final = ("agents", "environments")
_PAGE: Final = 100
_MOST_PAGES: Final = 100
_PAUSES: Final = (0.2, 0.4, 0.8, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0)
"""Seconds between attempts at what a session that is busy refuses."""
_LATE: Final = (0.2, 0.5, 1.0)
"""Seconds after which what a server shows late is looked for once more."""
_LOST: Final = frozenset({"failed", "expired"})
_UNKNOWN: Final = (*NOT_HERE, Failure.GARBAGE)


class Sessions:
    """Sends them. Nothing is sent again blindly whose answer was lost."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def create(self, held: Held, body: JsonObject) -> JsonObject:
        """Make the session, exactly once: after a lost answer it is found by its mark."""

        async def send() -> JsonObject:
            return (await self._wire.create(path_to(*SESSIONS), body)).read(read_session)

        return await exactly_once(self._wire, send, partial(self.find, held))

    async def find(self, held: Held) -> JsonObject | None:
        """The session that carries the mark; lists may show it late."""
        query: Query = {f"metadata[{MARK}]": held.mark, "limit": _PAGE, "order": "desc"}

        async def look() -> JsonObject | None:
            found = await self._page(path_to(*SESSIONS), query)
            marked = (one for one in found if _mark_of(one) == held.mark)
            return next(marked, None)

        return await _late(look)

    async def say(self, held: Held, event: JsonObject) -> None:
        """Begin a turn, exactly once."""

        async def find() -> bool | None:
            turn = await _late(partial(self._new_turn, held))
            return None if turn is None else True

        await self._send(held, [event], find)

    async def answer(self, held: Held, events: Sequence[JsonObject]) -> None:
        """Answer calls, exactly once."""
        call_ids = {event["call_id"] for event in events}

        async def find() -> bool | None:
            waiting = (await self._session(held)).get("required_actions")
            open_calls = {action.get("call_id") for action in values.mappings(waiting)}
            return None if call_ids & open_calls else True

        await self._send(held, events, find)

    async def cancel(self, held: Held) -> None:
        """Ask the session to stop."""
        await self._wire.post(_events_of(held), {"events": [CANCEL]})

    async def look(self, held: Held, conversation_id: str) -> Run:
        """The present run. Only its turn says whether it has ended: a session may read idle."""
        poll_after = None
        if held.turn is None:
            held.turn = await self._new_turn(held)
        else:
            poll_after = await self._look_at_turn(held)
        if held.turn is None or not is_over(held.turn):
            held.note(await self._session(held))
        assert held.session is not None
        return read_run(
            held.session,
            held.turn,
            conversation_id,
            is_stale=held.is_stale,
            poll_after=poll_after,
        )

    async def _look_at_turn(self, held: Held) -> float | None:
        """Read the turn again. One that was told of may take a moment to show."""
        try:
            answer = await self._wire.get(_turn_of(held))
        except AccountError as error:
            if error.failure is not Failure.MISSING:
                raise
            return None
        held.turn = answer.read(as_object)
        return answer.poll_after

    async def counted(self, held: Held, conversation_id: str) -> Run:
        """The run once it is counted, or as it is when the server seems not to count."""
        run = await self.look(held, conversation_id)
        for pause in _LATE:
            if run.usage is not None:
                break
            await asyncio.sleep(pause)
            run = await self.look(held, conversation_id)
        return run

    async def items(self, held: Held) -> list[JsonObject]:
        """What was said and done in the present turn, oldest first."""
        assert held.turn is not None
        try:
            return await self._all(f"{_turn_of(held)}/items")
        except AccountError as error:
            if error.failure not in NOT_HERE:
                raise
        of_session = await self._all(path_to(*SESSIONS, str(held.session_id), "items"))
        return [item for item in of_session if item.get("turn_id") == held.turn["id"]]

    async def put(self, held: Held, file_id: str, path: str) -> None:
        """Put an upload into the sandbox, once that is ready for it. Putting it twice is fine."""
        assert held.sandbox_id is not None
        sandbox = path_to(*_ENVIRONMENTS, held.sandbox_id)
        waited, pause = 0.0, 0.2
        while True:
            if await self._is_prepared(sandbox):
                try:
                    await self._wire.post(f"{sandbox}/files", file_body(file_id, path))
                except AccountError as error:
                    if error.failure is not Failure.CONFLICT or waited > self._wire.timeout:
                        raise
                else:
                    return
            if waited > self._wire.timeout:
                raise _not_ready(held.sandbox_id, waited)
            await asyncio.sleep(pause)
            waited, pause = waited + pause, min(pause * 1.5, 3.0)

    async def delete(self, session_id: str) -> None:
        """Delete a session; one that is gone already is fine. What goes on in it is cancelled."""
        path = path_to(*SESSIONS, session_id)
        for pause in (*_PAUSES, None):
            try:
                await self._wire.delete(path)
            except AccountError as error:
                if error.failure is Failure.MISSING:
                    return
                if error.failure is not Failure.CONFLICT or pause is None:
                    raise
                with suppress(AccountError):
                    await self._wire.post(f"{path}/events", {"events": [CANCEL]})
                await asyncio.sleep(pause)
            else:
                return

    async def _send(
        self,
        held: Held,
        events: Sequence[JsonObject],
        find: Callable[[], Awaitable[bool | None]],
    ) -> None:
        """Send events. A session that has just ended a turn may still be busy with it."""

        async def send() -> bool:
            await self._wire.create(_events_of(held), {"events": list(events)})
            return True

        for pause in (*_PAUSES, None):
            try:
                await exactly_once(self._wire, send, find)
            except AccountError as error:
                if error.failure is not Failure.CONFLICT or pause is None:
                    raise
                await asyncio.sleep(pause)
            else:
                return

    async def _session(self, held: Held) -> JsonObject:
        path = path_to(*SESSIONS, str(held.session_id))
        return (await self._wire.get(path)).read(read_session)

    async def _new_turn(self, held: Held) -> JsonObject | None:
        """The turn of the present run; None while it does not show."""
        path = path_to(*SESSIONS, str(held.session_id), "turns")
        turns = await self._page(path, {"limit": _PAGE, "order": "desc"})
        return next(filter(held.is_of_this_run, reversed(turns)), None)

    async def _is_prepared(self, sandbox: str) -> bool:
        """Whether files can be put there. Raises AccountError where that never will be."""
        try:
            state = (await self._wire.get(sandbox)).read(as_object)
        except AccountError as error:
            if error.failure not in _UNKNOWN:
                raise
            return True
        if state.get("status") in _LOST:
            raise AccountError(
                f"the sandbox {state.get('id')} has {state.get('status')}",
                failure=Failure.CONFLICT,
                why="Nothing can be put into it.",
                fix="Check the packages and setup commands of the `environment`.",
            )
        return state.get("status") != "pending"

    async def _page(self, path: str, query: Query) -> list[JsonObject]:
        return values.mappings((await self._wire.get(path, query)).read(as_object).get("data"))

    async def _all(self, path: str) -> list[JsonObject]:
        """Every object of a list, oldest first, each once."""
        found: list[JsonObject] = []
        seen: set[JsonValue] = {None}  # what old sessions keep of their users has no id
        query: dict[str, str | int] = {"limit": _PAGE, "order": "asc"}
        for _ in range(_MOST_PAGES):
            body = (await self._wire.get(path, query)).read(as_object)
            page = values.mappings(body.get("data"))
            fresh = [item for item in page if item.get("id") not in seen]
            found += [item for item in page if item in fresh or item.get("id") is None]
            seen |= {item.get("id") for item in fresh}
            if not fresh or body.get("has_more") is False:
                break
            query["after"] = str(fresh[-1]["id"])
        return found


async def _late(look: Callable[[], Awaitable[JsonObject | None]]) -> JsonObject | None:
    """What a look finds, which may take the server a moment to show."""
    found = await look()
    for pause in _LATE:
        if found is not None:
            break
        await asyncio.sleep(pause)
        found = await look()
    return found


def _events_of(held: Held) -> str:
    return path_to(*SESSIONS, str(held.session_id), "events")


def _turn_of(held: Held) -> str:
    assert held.turn is not None
    return path_to(*SESSIONS, str(held.session_id), "turns", str(held.turn["id"]))


def _mark_of(session: JsonObject) -> str | None:
    return values.text(values.mapping(session.get("metadata")).get(MARK))


def _not_ready(sandbox: str, seconds: float) -> AccountError:
    return AccountError(
        f"the sandbox {sandbox} was not ready within {seconds:.0f} s",
        failure=Failure.TIMEOUT,
        fix="Try again, or raise the target's `timeout`.",
    )
