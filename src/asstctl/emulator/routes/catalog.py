"""``/models``: a list for programs that look before they ask; assistants accept any name."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator.errors import ApiError
from asstctl.emulator.routes.base import table

if TYPE_CHECKING:
    from asstctl.emulator.account import Account

_MODELS = {
    "gpt-5": 1754425777,
    "gpt-5-mini": 1754425928,
    "gpt-4.1": 1744316542,
    "gpt-4.1-mini": 1744318173,
    "gpt-4.1-nano": 1744321025,
    "gpt-4o": 1715367049,
    "gpt-4o-mini": 1721172741,
    "gpt-4-turbo": 1712361441,
    "gpt-4-1106-preview": 1698957206,
    "gpt-4": 1687882411,
    "gpt-3.5-turbo": 1677610602,
    "o3-mini": 1737146383,
}
_UNKNOWN = 0


def _names(account: "Account") -> tuple[str, ...]:
    """Give the usual names, after those that the model behind the account is known to have."""
    return tuple(dict.fromkeys((*account.worker.model.names, *_MODELS)))


def _show(account: "Account", name: str) -> dict[str, Any]:
    created = _MODELS.get(name, _UNKNOWN)
    owner = account.worker.model.owner
    return {"id": name, "object": "model", "created": created, "owned_by": owner}


async def list_models(account: "Account", request: Request) -> Response:
    """``GET /models``."""
    data = [_show(account, name) for name in _names(account)]
    return JSONResponse({"object": "list", "data": data})


async def get_model(account: "Account", request: Request) -> Response:
    """``GET /models/{model}``: 404 for one that the list does not have."""
    name = request.path_params["model"]
    if name not in _names(account):
        raise ApiError(
            404, f"The model '{name}' does not exist", param="model", code="model_not_found"
        )
    return JSONResponse(_show(account, name))


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    return table(
        account, {("GET", "/models"): list_models, ("GET", "/models/{model:path}"): get_model}
    )
