"""``/threads``."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator import legacy, resources
from asstctl.emulator.conversation import create_thread
from asstctl.emulator.requests.threads import CreateThread, UpdateThread
from asstctl.emulator.routes.base import own_id, table
from asstctl.emulator.store import files
from asstctl.emulator.store.collections import RUNS, THREADS, Body
from asstctl.emulator.wire import deleted, parse, read, read_object

if TYPE_CHECKING:
    from asstctl.emulator.account import Account


def translate(account: "Account", body: Body, name: str = "messages") -> Body:
    """Translate old spellings in the messages of a body."""
    messages = body.get(name)
    if not isinstance(messages, list):
        return body
    translated = [
        translate_message(account, item) if isinstance(item, dict) else item for item in messages
    ]
    return body | {name: translated}


def translate_message(account: "Account", body: Body) -> Body:
    """Translate old spellings in a message."""
    names = files.filenames(account.database, legacy.takes_file_ids(body) or ())
    return legacy.message(body, names)


async def create(account: "Account", request: Request) -> Response:
    """``POST /threads``."""
    params = parse(CreateThread, translate(account, await read_object(request)))
    with account.write() as writer:
        thread_id = own_id(account, request, THREADS, "thread_")
        thread = create_thread(writer, params, thread_id)
    return JSONResponse(thread)


async def get(account: "Account", request: Request) -> Response:
    """``GET /threads/{id}``."""
    return JSONResponse(THREADS.get(account.database, request.path_params["thread_id"]))


async def update(account: "Account", request: Request) -> Response:
    """``POST /threads/{id}``."""
    thread_id = request.path_params["thread_id"]
    THREADS.get(account.database, thread_id)
    params = await read(request, UpdateThread)
    with account.write() as writer:
        thread = THREADS.get(account.database, thread_id)
        if "metadata" in params.model_fields_set:
            thread["metadata"] = params.metadata or {}
        if "tool_resources" in params.model_fields_set:
            kept = thread["tool_resources"] if params.tool_resources is not None else {}
            thread["tool_resources"] = resources.apply(writer, params.tool_resources, kept=kept)
        THREADS.save(writer.connection, thread)
    return JSONResponse(thread)


async def delete(account: "Account", request: Request) -> Response:
    """``DELETE /threads/{id}``: with its messages and runs."""
    thread_id = request.path_params["thread_id"]
    THREADS.get(account.database, thread_id)
    for run in RUNS.all(account.database, thread_id=thread_id):
        account.engine.abandon(run["id"])
    with account.write() as writer:
        THREADS.delete(writer.connection, thread_id)
    return deleted(thread_id, "thread.deleted")


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    one = "/threads/{thread_id}"
    return table(
        account,
        {
            ("POST", "/threads"): create,
            ("GET", one): get,
            ("POST", one): update,
            ("DELETE", one): delete,
        },
    )
