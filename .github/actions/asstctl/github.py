"""The few requests of GitHub's REST API that a sticky comment and a sticky issue need."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_PAGE: Final = 100
_MAX_PAGES: Final = 30
_TIMEOUT: Final = 30


class ApiError(Exception):
    """A request that GitHub did not grant. ``status`` is 0 when there was no answer at all."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    @property
    def is_forbidden(self) -> bool:
        """Whether the token may not do this; GitHub says 404 for what a token may not see."""
        return self.status in (401, 403, 404)


@dataclass(frozen=True, slots=True)
class GitHub:
    """A repository as seen with a token."""

    api_url: str
    repository: str
    token: str

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One request; its answer. ``path`` begins with ``/``. Raises ApiError."""
        return self._send(method, f"{self.api_url}{path}", body)

    def _send(self, method: str, url: str, body: dict[str, Any] | None) -> Any:
        if not url.startswith(("https://", "http://")):
            raise ApiError(0, f"{url} is no address of an API")
        request = urllib.request.Request(  # noqa: S310 - the scheme was looked at
            url,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "User-Agent": "asstctl-action",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with _OPENER.open(request, timeout=_TIMEOUT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ApiError(error.code, _message(error)) from error
        except (OSError, ValueError) as error:
            raise ApiError(0, str(error)) from error

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """Every item of a list. ``path`` has a query already. Raises ApiError."""
        for page in range(1, _MAX_PAGES + 1):
            items = self.call("GET", f"{path}&per_page={_PAGE}&page={page}")
            yield from items
            if len(items) < _PAGE:
                return

    def is_ours(self, item: dict[str, Any]) -> bool:
        """Whether a comment or issue was written with a token like this one. Raises ApiError.

        Anybody can write a comment that holds our marker, and could edit it after us; so can other
        bots, which may repeat what somebody told them.
        """
        author = item.get("user") or {}
        return bool(author.get("login") == self._login())

    def _login(self) -> str:
        """Whose token it is: a person's, or that of ``NAME[bot]``, of which REST tells nothing."""
        url = f"{self.api_url.removesuffix('/v3')}/graphql"
        answer = self._send("POST", url, {"query": "query { viewer { login } }"})
        try:
            return str(answer["data"]["viewer"]["login"])
        except (KeyError, TypeError):
            raise ApiError(0, "GitHub does not say whose token it is") from None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A token goes where it was meant to go, and nowhere else."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow nothing: the redirect is an error then."""


_OPENER: Final = urllib.request.build_opener(_NoRedirects)


def _message(error: urllib.error.HTTPError) -> str:
    try:
        told = str(json.load(error)["message"])
    except (OSError, ValueError, KeyError, TypeError):
        told = error.reason
    return f"{error.code} {told}"
