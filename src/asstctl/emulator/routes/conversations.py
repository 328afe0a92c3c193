"""``/conversations`` and their items."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator.errors import ApiError
from asstctl.emulator.ids import new_id
from asstctl.emulator.requests.items import (
    INCLUDABLE,
    CreateConversation,
    CreateItems,
    Item,
    UpdateConversation,
)
from asstctl.emulator.resources import Writer
from asstctl.emulator.responses import context, items, state
from asstctl.emulator.responses.engine import locked
from asstctl.emulator.routes.base import table
from asstctl.emulator.store.collections import CONVERSATION_ITEMS, CONVERSATIONS, Body
from asstctl.emulator.wire import cursor, deleted, included, listing, page_of, read

if TYPE_CHECKING:
    from asstctl.emulator.account import Account


def _find(account: "Account", request: Request) -> Body:
    """Give the conversation that the path names."""
    return context.find_conversation(account.database, request.path_params["conversation_id"])


def _item(account: "Account", request: Request) -> Body:
    conversation = _find(account, request)
    item_id = request.path_params["item_id"]
    found = CONVERSATION_ITEMS.find(account.database, item_id, conversation_id=conversation["id"])
    if found is None:
        raise ApiError(404, f"Item with id '{item_id}' not found.")
    return found


def _add(writer: Writer, conversation_id: str, given: Sequence[Item]) -> list[Body]:
    new = context.kept(writer.database, given, "items")
    before = CONVERSATION_ITEMS.all(writer.database, conversation_id=conversation_id)
    context.check_new(before, new, "items")
    for item in new:
        CONVERSATION_ITEMS.insert(writer.connection, item, conversation_id=conversation_id)
    return new


async def create(account: "Account", request: Request) -> Response:
    """``POST /conversations``."""
    params = await read(request, CreateConversation)
    with account.write() as writer:
        conversation: Body = {
            "id": new_id("conv_"),
            "object": "conversation",
            "created_at": writer.now,
            "metadata": params.metadata or {},
        }
        CONVERSATIONS.insert(writer.connection, conversation)
        _add(writer, conversation["id"], params.items or [])
    return JSONResponse(conversation)


async def get(account: "Account", request: Request) -> Response:
    """``GET /conversations/{id}``."""
    return JSONResponse(_find(account, request))


async def update(account: "Account", request: Request) -> Response:
    """``POST /conversations/{id}``: only metadata can change."""
    _find(account, request)
    params = await read(request, UpdateConversation)
    with account.write() as writer:
        conversation = _find(account, request) | {"metadata": params.metadata or {}}
        CONVERSATIONS.save(writer.connection, conversation)
    return JSONResponse(conversation)


async def delete(account: "Account", request: Request) -> Response:
    """``DELETE /conversations/{id}``: with its items; its responses stay."""
    conversation = _find(account, request)
    with account.write() as writer:
        CONVERSATIONS.delete(writer.connection, conversation["id"])
    return deleted(conversation["id"], "conversation.deleted")


async def create_items(account: "Account", request: Request) -> Response:
    """``POST /conversations/{id}/items``: refused (400) while a response is at work in it."""
    _find(account, request)
    include = included(request, INCLUDABLE)
    params = await read(request, CreateItems)
    with account.write() as writer:
        conversation = _find(account, request)
        if state.active_in(account.database, conversation["id"]):
            raise locked()
        new = _add(writer, conversation["id"], params.items)
    return page_of(items.show(new, include), has_more=False)


async def list_items(account: "Account", request: Request) -> Response:
    """``GET /conversations/{id}/items``."""
    conversation = _find(account, request)
    include = included(request, INCLUDABLE)
    scope = {"conversation_id": conversation["id"]}
    page = CONVERSATION_ITEMS.page(account.database, cursor(request), **scope)
    return listing(page, lambda found: items.show(found, include))


async def get_item(account: "Account", request: Request) -> Response:
    """``GET /conversations/{id}/items/{item_id}``."""
    return JSONResponse(items.show([_item(account, request)], included(request, INCLUDABLE))[0])


async def delete_item(account: "Account", request: Request) -> Response:
    """``DELETE /conversations/{id}/items/{item_id}``: gives the conversation."""
    item = _item(account, request)
    conversation = _find(account, request)
    with account.write() as writer:
        scope = {"conversation_id": conversation["id"]}
        CONVERSATION_ITEMS.delete(writer.connection, item["id"], **scope)
    return JSONResponse(conversation)


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    one = "/conversations/{conversation_id}"
    return table(
        account,
        {
            ("POST", "/conversations"): create,
            ("GET", one): get,
            ("POST", one): update,
            ("DELETE", one): delete,
            ("POST", f"{one}/items"): create_items,
            ("GET", f"{one}/items"): list_items,
            ("GET", f"{one}/items/{{item_id}}"): get_item,
            ("DELETE", f"{one}/items/{{item_id}}"): delete_item,
        },
    )
