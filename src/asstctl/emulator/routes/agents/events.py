"""``/agents/sessions/{id}/events``: what is said in a session, and what happens in it, live."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from asstctl.emulator.agents import items, keys, turns
from asstctl.emulator.errors import ApiError, bad_request, conflict
from asstctl.emulator.requests.sessions import (
    ApprovalEvent,
    CancelEvent,
    CreateEvents,
    MessageEvent,
    ToolResultEvent,
)
from asstctl.emulator.resources import Writer
from asstctl.emulator.routes.agents.sessions import find, said, streamed
from asstctl.emulator.routes.base import table
from asstctl.emulator.store.collections import TURNS, Body
from asstctl.emulator.wire import read

if TYPE_CHECKING:
    from asstctl.emulator.account import Account


async def create(account: "Account", request: Request) -> Response:
    """``POST /agents/sessions/{id}/events``: all or, but for a cancellation, none."""
    session = find(account, request)
    params = await read(request, CreateEvents)
    if params.of(CancelEvent):
        await account.sessions.cancel(session["id"])
    key = request.headers.get("idempotency-key")
    with account.write() as writer:
        if key and not keys.is_new(writer, session["id"], key, params.given()):
            return Response(status_code=202)
        begun = [_say(writer, session, one) for one in params.of(MessageEvent)]
        results = params.of(ToolResultEvent)
        changed = [item for one in results for item in _answer(account, writer, session, one)]
        for approval in params.of(ApprovalEvent):
            raise _unknown(f"Unknown pending approval request: {approval.request_id}")
    _tell(account, session, begun, changed)
    return Response(status_code=202)


def _tell(account: "Account", session: Body, begun: list[Body], changed: list[Body]) -> None:
    """Tell those who stream the session, and go on with it."""
    tell = account.sessions.tell(session["id"])
    for turn in begun:
        account.sessions.announce(turn)
    for item in changed:
        (tell.done if item["type"] == "function_call" else tell.added)(item)
    if changed:
        tell.session()
    if begun or changed:
        account.sessions.go_on(session["id"])


def _say(writer: Writer, session: Body, event: MessageEvent) -> Body:
    if session["error"] is not None:
        raise conflict(f"The session '{session['id']}' has failed: {session['error']}")
    return turns.create(writer, session, said(event.input))


def _answer(
    account: "Account", writer: Writer, session: Body, event: ToolResultEvent
) -> list[Body]:
    row = TURNS.find_row(account.database, event.turn_id, session_id=session["id"])
    waiting: Iterable[str] = (call.id for call in turns.waiting_calls(row)) if row else ()
    if row is None or event.call_id not in waiting:
        raise _unknown(f"Unknown pending tool call: {event.call_id}")
    if event.success and event.error is not None:
        raise bad_request("A call that succeeded has no 'error'.", "events", "invalid_value")
    given: Body = event.given()
    output = given.get("output") if event.success else None
    error = None if event.success else event.error or "The call failed."
    item = items.function_output(event.turn_id, event.call_id, output, error)
    return account.sessions.answer(writer, row, event.call_id, item, _told(output, error))


def _told(output: str | list[Body] | None, error: str | None) -> str:
    """Give what the model is told of an answer."""
    if error is not None:
        return f"Error: {error}"
    return items.words(output) if isinstance(output, list) else output or ""


def _unknown(message: str) -> ApiError:
    return bad_request(message, code="invalid_request_error")


async def stream(account: "Account", request: Request) -> Response:
    """``GET /agents/sessions/{id}/events``: from now on, until the session is deleted."""
    session = find(account, request)
    bus = account.sessions.bus
    return streamed(bus.follow(session["id"], bus.listen(session["id"])))


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    every = "/agents/sessions/{session_id}/events"
    return table(account, {("POST", every): create, ("GET", every): stream})
