"""``/threads/{id}/messages``."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator.conversation import add_message
from asstctl.emulator.errors import bad_request
from asstctl.emulator.requests.threads import CreateMessage, UpdateMetadata
from asstctl.emulator.routes.base import table
from asstctl.emulator.routes.threads import translate_message
from asstctl.emulator.runs import state
from asstctl.emulator.store.collections import MESSAGES, THREADS, Body
from asstctl.emulator.wire import cursor, deleted, listing, parse, read, read_object

if TYPE_CHECKING:
    from asstctl.emulator.account import Account


def _thread(account: "Account", request: Request) -> Body:
    account.engine.expire_due()
    return THREADS.get(account.database, request.path_params["thread_id"])


def _find(account: "Account", request: Request) -> Body:
    thread = _thread(account, request)
    message_id = request.path_params["message_id"]
    return MESSAGES.get(account.database, message_id, thread_id=thread["id"])


async def create(account: "Account", request: Request) -> Response:
    """``POST /threads/{id}/messages``: refused (400) while a run of the thread is active."""
    _thread(account, request)
    params = parse(CreateMessage, translate_message(account, await read_object(request)))
    with account.write() as writer:
        thread = _thread(account, request)
        busy = state.active_in(account.database, thread["id"])
        if busy:
            raise bad_request(
                f"Can't add messages to {thread['id']} while a run {busy['id']} is active."
            )
        _, message = add_message(writer, thread, params)
    return JSONResponse(message)


async def list_all(account: "Account", request: Request) -> Response:
    """``GET /threads/{id}/messages``."""
    thread = _thread(account, request)
    scope: dict[str, object] = {"thread_id": thread["id"]}
    if run_id := request.query_params.get("run_id"):
        scope["run_id"] = run_id
    return listing(MESSAGES.page(account.database, cursor(request), **scope))


async def get(account: "Account", request: Request) -> Response:
    """``GET /threads/{id}/messages/{message_id}``."""
    return JSONResponse(_find(account, request))


async def update(account: "Account", request: Request) -> Response:
    """``POST /threads/{id}/messages/{message_id}``: only metadata can change."""
    _find(account, request)
    params = await read(request, UpdateMetadata)
    with account.write() as writer:
        message = _find(account, request)
        if "metadata" in params.model_fields_set:
            message["metadata"] = params.metadata or {}
        MESSAGES.save(writer.connection, message)
    return JSONResponse(message)


async def delete(account: "Account", request: Request) -> Response:
    """``DELETE /threads/{id}/messages/{message_id}``."""
    message = _find(account, request)
    with account.write() as writer:
        MESSAGES.delete(writer.connection, message["id"])
    return deleted(message["id"], "thread.message.deleted")


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    messages = "/threads/{thread_id}/messages"
    one = f"{messages}/{{message_id}}"
    return table(
        account,
        {
            ("POST", messages): create,
            ("GET", messages): list_all,
            ("GET", one): get,
            ("POST", one): update,
            ("DELETE", one): delete,
        },
    )
