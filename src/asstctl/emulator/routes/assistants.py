"""``/assistants``."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator import legacy, resources
from asstctl.emulator.errors import bad_request
from asstctl.emulator.requests.assistants import CreateAssistant, UpdateAssistant
from asstctl.emulator.requests.common import read_back
from asstctl.emulator.routes.base import own_id, table
from asstctl.emulator.store import files
from asstctl.emulator.store.collections import ASSISTANTS, Body
from asstctl.emulator.wire import cursor, deleted, listing, parse, read_object

if TYPE_CHECKING:
    from asstctl.emulator.account import Account

# What a field that was not given, or given as null, reads back as.
_DEFAULTS: Body = {
    "name": None,
    "description": None,
    "instructions": None,
    "tools": [],
    "metadata": {},
    "temperature": 1.0,
    "top_p": 1.0,
    "response_format": "auto",
    "reasoning_effort": None,
}


def _fields(request: CreateAssistant | UpdateAssistant) -> Body:
    """Give what the client set, as it reads back."""
    given: dict[str, Any] = request.given()
    given.pop("tool_resources", None)
    if "tools" in given:
        given["tools"] = read_back(request.tools)
    if given.get("model") == "":
        raise bad_request("Invalid 'model': empty string.", "model", "invalid_value")
    return {
        name: _DEFAULTS[name] if value is None and name in _DEFAULTS else value
        for name, value in given.items()
    }


def show(assistant: Body) -> Body:
    """Give an assistant as the wire shows it: ``reasoning_effort`` only where it was set."""
    return {
        name: value
        for name, value in assistant.items()
        if name != "reasoning_effort" or value is not None
    }


async def _read(account: "Account", request: Request) -> Body:
    body = await read_object(request)
    names = files.filenames(account.database, legacy.takes_file_ids(body) or ())
    return legacy.assistant(body, names)


async def create(account: "Account", request: Request) -> Response:
    """``POST /assistants``."""
    params = parse(CreateAssistant, await _read(account, request))
    with account.write() as writer:
        assistant_id = own_id(account, request, ASSISTANTS, "asst_")
        assistant = {"id": assistant_id, "object": "assistant", "created_at": writer.now}
        assistant |= _DEFAULTS | _fields(params)
        assistant["tool_resources"] = resources.apply(writer, params.tool_resources)
        ASSISTANTS.insert(writer.connection, assistant)
    return JSONResponse(show(assistant))


async def update(account: "Account", request: Request) -> Response:
    """``POST /assistants/{id}``: what is left out is kept, what is given replaces."""
    assistant_id = request.path_params["assistant_id"]
    ASSISTANTS.get(account.database, assistant_id)
    params = parse(UpdateAssistant, await _read(account, request))
    with account.write() as writer:
        assistant = ASSISTANTS.get(account.database, assistant_id)
        kept = assistant["tool_resources"]
        assistant |= _fields(params)
        if "tool_resources" in params.model_fields_set:
            kept = kept if params.tool_resources is not None else {}
            assistant["tool_resources"] = resources.apply(writer, params.tool_resources, kept=kept)
        ASSISTANTS.save(writer.connection, assistant)
    return JSONResponse(show(assistant))


async def get(account: "Account", request: Request) -> Response:
    """``GET /assistants/{id}``."""
    return JSONResponse(show(ASSISTANTS.get(account.database, request.path_params["assistant_id"])))


async def list_all(account: "Account", request: Request) -> Response:
    """``GET /assistants``."""
    page = ASSISTANTS.page(account.database, cursor(request))
    return listing(page, lambda found: [show(item) for item in found])


async def delete(account: "Account", request: Request) -> Response:
    """``DELETE /assistants/{id}``."""
    assistant_id = request.path_params["assistant_id"]
    with account.write() as writer:
        ASSISTANTS.get(account.database, assistant_id)
        ASSISTANTS.delete(writer.connection, assistant_id)
    return deleted(assistant_id, "assistant.deleted")


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    one = "/assistants/{assistant_id}"
    return table(
        account,
        {
            ("POST", "/assistants"): create,
            ("GET", "/assistants"): list_all,
            ("GET", one): get,
            ("POST", one): update,
            ("DELETE", one): delete,
        },
    )
