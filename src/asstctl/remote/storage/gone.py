"""A collection that answers 404: nothing can be said about what the account holds."""

from typing import Final
from urllib.parse import urlsplit

from asstctl.sync.ports import AccountError, ApiGoneError, Failure

NOT_HERE: Final = (Failure.MISSING, Failure.UNSUPPORTED)
"""How servers say that they do not have an endpoint, or the object behind it."""


def api_gone(api: str, path: str, *, account: str, root: str, error: AccountError) -> ApiGoneError:
    """The error for an API whose collection at ``path`` is not there; to be raised.

    ``api`` is its name (``Agents API``), ``root`` the URL below which requests go.
    """
    url = root.rstrip("/")
    versioned = any(part in urlsplit(url).path for part in ("/v1", "/openai"))
    hint = "" if versioned else " `base_url` has no `/v1`, which most servers want."
    history = _HISTORY.get(api, "")
    return ApiGoneError(
        f"there is no {api} at {account}: HTTP {error.status} for GET {url}{path}",
        failure=Failure.GONE,
        status=error.status,
        why="The whole collection is missing, so nothing can be said about what the account holds."
        f"{hint}{history}",
        fix=f"{f'Try {url}/v1. ' if hint else ''}Point the target's `base_url` at a service that "
        f"has the {api}, or use a target with `api: local`. `asstctl doctor` says which API the "
        "server speaks.",
    )


_HISTORY: Final = {
    "Assistants API": " OpenAI switched its Assistants API off on 2026-08-26: `api: agents` and "
    "`api: responses` take its place there."
}
