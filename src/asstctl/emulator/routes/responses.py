"""``/responses``: answered at once, streamed, or worked on in the background."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator.errors import ApiError, bad_request
from asstctl.emulator.requests.items import INCLUDABLE
from asstctl.emulator.requests.responses import CountTokens, CreateResponse
from asstctl.emulator.responses import items, state
from asstctl.emulator.responses.events import replay
from asstctl.emulator.routes.base import table
from asstctl.emulator.store.collections import RESPONSE_ITEMS, RESPONSES, Body
from asstctl.emulator.wire import (
    POLL_SOON,
    cursor,
    deleted,
    flag,
    included,
    integer,
    listing,
    parse,
    read,
    read_object,
    streamed,
)
from asstctl.emulator.work.bus import Queue

if TYPE_CHECKING:
    from asstctl.emulator.account import Account


def _find(account: "Account", request: Request) -> Body:
    """Give the response that the path names."""
    account.responses.adopt()
    response_id = request.path_params["response_id"]
    response = state.find(account.database, response_id)
    if response is None:
        raise ApiError(404, f"Response with id '{response_id}' not found.")
    return response


def _show(account: "Account", response: Body, include: Sequence[str]) -> JSONResponse:
    shown = state.show(account.database, response, include)
    headers = POLL_SOON if response["status"] in state.ACTIVE else None
    return JSONResponse(shown, headers=headers)


async def create(account: "Account", request: Request) -> Response:
    """``POST /responses``."""
    body = await read_object(request)
    _refuse_prompt(body)
    params = parse(CreateResponse, body)
    work = await account.responses.create(params)
    queue = account.worker.bus.listen(work.id) if params.stream else None
    if params.background and queue is not None:
        work.announce()
    account.responses.start(work)
    if queue is not None:
        return streamed(_events(account, work.id, queue, alone=not params.background))
    if not params.background:
        await _wait(account, request, work.id)
    answer = RESPONSES.get(account.database, work.id)
    shown = _show(account, answer, params.include or [])
    if not params.background:
        account.responses.leave(work.id)
    return shown


def _refuse_prompt(body: Body) -> None:
    """Say that no prompt objects are kept here; the original's end on 2026-11-30."""
    prompt = body.get("prompt")
    if isinstance(prompt, dict) and isinstance(prompt.get("id"), str):
        raise ApiError(404, f"Prompt with id '{prompt['id']}' not found.", param="prompt")


async def _events(
    account: "Account", response_id: str, queue: Queue, *, alone: bool
) -> AsyncIterator[bytes]:
    """Give the events; one that only this stream waits for ends when the stream is closed."""
    try:
        async for event in account.worker.bus.follow(response_id, queue):
            yield event
    finally:
        if alone:
            account.responses.leave(response_id)


async def _wait(account: "Account", request: Request, response_id: str) -> None:
    """Wait for the end of a response, or of the connection of who asked for it."""
    done = asyncio.ensure_future(account.worker.finished(response_id))
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({done, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for future in (done, gone):
            future.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def get(account: "Account", request: Request) -> Response:
    """``GET /responses/{id}``, or the events of one that was made to be streamed."""
    response = _find(account, request)
    include = included(request, INCLUDABLE)
    if not flag(request.query_params, "stream"):
        return _show(account, response, include)
    inner = state.inner_of(account.database, response["id"])
    if not inner["replayed"]:
        raise bad_request(
            "This response cannot be streamed: it was not created with 'background' and 'stream'.",
            "stream",
        )
    after = integer(request.query_params, "starting_after", -1)
    return streamed(replay(account, account.worker.bus, response["id"], after))


async def delete(account: "Account", request: Request) -> Response:
    """``DELETE /responses/{id}``, with its items; those of its conversation stay."""
    response = _find(account, request)
    account.responses.delete(response["id"])
    return deleted(response["id"], "response")


async def cancel(account: "Account", request: Request) -> Response:
    """``POST /responses/{id}/cancel``: for background ones; one that has ended stays as it is."""
    response = _find(account, request)
    if not response["background"]:
        raise bad_request("Cannot cancel a synchronous response.")
    await account.responses.cancel(response["id"])
    return _show(account, _find(account, request), [])


async def count(account: "Account", request: Request) -> Response:
    """``POST /responses/input_tokens``: as many as the response's usage would say."""
    params = await read(request, CountTokens)
    tokens = await account.responses.count(params.response())
    return JSONResponse({"object": "response.input_tokens", "input_tokens": tokens})


async def compact(_: "Account", request: Request) -> Response:
    """``POST /responses/compact``: refused; what it gives can only be read by who made it."""
    raise ApiError(
        404,
        f"Invalid URL ({request.method} {request.url.path}): the local account compacts nothing. "
        "'truncation': 'auto' leaves out the oldest items of an input that is too long.",
        code="unknown_url",
    )


async def list_input(account: "Account", request: Request) -> Response:
    """``GET /responses/{id}/input_items``: what the request itself brought."""
    response = _find(account, request)
    include = included(request, INCLUDABLE)
    scope = {"response_id": response["id"], "part": "input"}
    page = RESPONSE_ITEMS.page(account.database, cursor(request), **scope)
    return listing(page, lambda found: items.show(found, include))


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    one = "/responses/{response_id}"
    return table(
        account,
        {
            ("POST", "/responses"): create,
            ("POST", "/responses/input_tokens"): count,
            ("POST", "/responses/compact"): compact,
            ("GET", one): get,
            ("DELETE", one): delete,
            ("POST", f"{one}/cancel"): cancel,
            ("GET", f"{one}/input_items"): list_input,
        },
    )
