"""``/embeddings``, where the account has an endpoint that makes them: it answers for any model.

What is handed on to the model's endpoint is, as everything else, none of the account's.
"""

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator.errors import ApiError
from asstctl.emulator.models.embedder import EmbeddingError
from asstctl.emulator.requests.embeddings import CreateEmbeddings
from asstctl.emulator.routes.base import table
from asstctl.emulator.text.tokens import count_tokens
from asstctl.emulator.vector import unpack
from asstctl.emulator.wire import read

if TYPE_CHECKING:
    from asstctl.emulator.account import Account


async def create(account: "Account", request: Request) -> Response:
    """``POST /embeddings``. 502 when the endpoint does not answer."""
    params = await read(request, CreateEmbeddings)
    assert account.embedding is not None
    texts = [params.input] if isinstance(params.input, str) else params.input
    try:
        vectors = await account.embedding.of_texts(texts)
    except EmbeddingError as error:
        told = f"The embeddings endpoint gave none: {error}"
        raise ApiError(502, told, type="server_error", code="upstream_error") from error
    plain = params.encoding_format == "float"
    data: list[dict[str, Any]] = [
        {
            "object": "embedding",
            "index": index,
            "embedding": unpack(vector) if plain else b64encode(vector).decode(),
        }
        for index, vector in enumerate(vectors)
    ]
    tokens = sum(map(count_tokens, texts))
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return JSONResponse(
        {"object": "list", "data": data, "model": account.embedding.model, "usage": usage}
    )


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module; none where nothing makes embeddings, or others are asked."""
    if account.embedding is None or account.worker.model.forward is not None:
        return []
    return table(account, {("POST", "/embeddings"): create})
