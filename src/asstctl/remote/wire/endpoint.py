"""Where a target's requests go, and what each of them says about who sends it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from asstctl.model.project import ServerTarget

USER_AGENT: Final = "asstctl"
_BETA: Final = "OpenAI-Beta"
_BETAS: Final = {
    "assistants": "assistants=v2",
    "threads": "assistants=v2",
    "vector_stores": "assistants=v2",
    "agents": "agents=v1",
    "vaults": "agents=v1",
}
"""By the first part of a path: exactly one beta each, and none for files, models, responses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """``root`` is the URL that paths are appended to; ``query`` goes along with every request.

    ``credentials`` are the headers that only the target's own server may see.
    """

    root: str
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def secrets(self) -> frozenset[str]:
        """What no output may show, even if a server repeats it: the credentials and their keys."""
        values = frozenset(self.credentials.values())
        return values | {value.removeprefix("Bearer ") for value in values}

    def headers(self, path: str) -> dict[str, str]:
        """What a request for a path below the root says besides its content."""
        beta = _BETAS.get(path.strip("/").partition("/")[0])
        own = {name.lower() for name in self.credentials}
        said = {_BETA: beta} if beta and _BETA.lower() not in own else {}
        return {**said, **self.credentials}


def endpoint_of(target: ServerTarget) -> Endpoint:
    """The endpoint of a target. With ``api_version`` it is Azure's form, below ``/openai``.

    Nothing but the target decides the headers: no variable of the environment does.
    """
    root, key = target.base_url.rstrip("/"), target.api_key
    credentials: dict[str, str] = {}
    query: dict[str, str] = {}
    if target.api_version:
        root = root if root.endswith("/openai") else f"{root}/openai"
        query["api-version"] = target.api_version
    if key is not None and target.api_version:
        credentials["api-key"] = key.reveal()
    elif key is not None:
        credentials["Authorization"] = f"Bearer {key.reveal()}"
    named = {name: secret.reveal() for name, secret in target.headers.items()}
    lower = {name.lower() for name in named}
    kept = {name: value for name, value in credentials.items() if name.lower() not in lower}
    return Endpoint(root=root, credentials=kept | named, query=query)


def account_name(target: ServerTarget) -> str:
    """The host, with its port when that is not the usual one: how people name accounts."""
    parts = urlsplit(target.base_url)
    return parts.netloc.rpartition("@")[2] or target.base_url
