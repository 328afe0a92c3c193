"""The one place that every request passes, also those of the ``openai`` SDK.

Here it gets the target's headers and loses all others (the SDK reads half a dozen variables of
the environment), redirects are followed or refused, the answer is unpacked and counted, and the
observer is called.
"""

from dataclasses import dataclass
from typing import Final

import httpx2

from asstctl.model.sensitive import Sensitive
from asstctl.remote.wire.answer_body import AnswerBody
from asstctl.remote.wire.endpoint import USER_AGENT, Endpoint
from asstctl.remote.wire.failures import redirected
from asstctl.remote.wire.observer import WireObserver
from asstctl.remote.wire.recording import Recording
from asstctl.sync.ports import AccountError

NOTE: Final = "asstctl"
"""The name under which a request's extensions carry a ``Note``."""

_CARRIED: Final = frozenset(
    {
        "host",
        "accept",
        "accept-encoding",
        "content-type",
        "content-length",
        "transfer-encoding",
        "x-asstctl-id",
    }
)
"""What a request says about itself, or asks for. Everything else comes from the target."""
_UNPACKED: Final = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})
_MOST_REDIRECTS: Final = 5
_KEEPING: Final = (307, 308)
"""Redirects that keep the method; the others are for reading."""


@dataclass(frozen=True, slots=True)
class Note:
    """What the gate has to know about a request: its attempt, from 1, and whether it downloads.

    A download may be of any size, and may be redirected to another origin.
    """

    attempt: int = 1
    download: bool = False


class Gate(httpx2.AsyncBaseTransport):
    """The transport that every request of a target passes on its way to ``inner``."""

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport,
        endpoint: Endpoint,
        *,
        sensitive: Sensitive,
        observer: WireObserver,
    ) -> None:
        self._inner = inner
        self._endpoint = endpoint
        self._root = httpx2.URL(endpoint.root)
        self._sensitive = sensitive
        self._observer = observer

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; the answer's body is still to be read. Raises AccountError.

        Nothing is retried here, and a status of 400 or above is an answer, not an error.
        """
        note: Note = request.extensions.get(NOTE, Note())
        request.headers = self._headers(request)
        request.url = request.url.copy_merge_params(self._endpoint.query)
        for _ in range(_MOST_REDIRECTS):
            response = await self._send(request, note)
            if not response.has_redirect_location:
                return response
            await response.aclose()
            request = self._followed(request, response, note)
        why = f"It has done so {_MOST_REDIRECTS} times in a row."
        raise self._refused(request, response, "the next place", why)

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()

    def _followed(
        self, request: httpx2.Request, response: httpx2.Response, note: Note
    ) -> httpx2.Request:
        """The request that a redirect asks for. Raises AccountError where it must not be made."""
        try:
            url = request.url.join(response.headers["location"])
        except httpx2.InvalidURL as error:
            raise self._refused(request, response, "nowhere", "That is no URL.") from error
        origin = f"{url.scheme}://{_host(url)}"
        if request.method not in ("GET", "HEAD") and response.status_code not in _KEEPING:
            why = f"To follow would turn {request.method} into GET."
            raise self._refused(request, response, f"{origin}{url.path}", why)
        if url.origin == request.url.origin:
            headers = request.headers
        elif note.download and url.scheme in ("https", request.url.scheme):
            bare = {"Host": _host(url), "User-Agent": USER_AGENT, "Accept": "*/*"}
            headers = httpx2.Headers(bare)
        else:
            why = (
                "That is another server than the target names; the target's key is not sent there."
            )
            raise self._refused(request, response, origin, why)
        return httpx2.Request(
            request.method,
            url,
            headers=headers,
            stream=request.stream,
            extensions=request.extensions,
        )

    def _refused(
        self, request: httpx2.Request, response: httpx2.Response, where: str, why: str
    ) -> AccountError:
        return redirected(call_of(request), response.status_code, self._sensitive.text(where), why)

    def _headers(self, request: httpx2.Request) -> httpx2.Headers:
        carried = request.headers.items()
        headers = httpx2.Headers([pair for pair in carried if pair[0].lower() in _CARRIED])
        headers["User-Agent"] = USER_AGENT
        path = request.url.path.removeprefix(self._root.path.rstrip("/"))
        headers.update(self._endpoint.headers(path))
        return headers

    async def _send(self, request: httpx2.Request, note: Note) -> httpx2.Response:
        recording = Recording(self._observer, self._sensitive, request, note.attempt)
        try:
            answer = await self._inner.handle_async_request(request)
        except BaseException as error:
            recording.failed(error)
            raise
        answer.request = request
        recording.answered(answer)
        return httpx2.Response(
            answer.status_code,
            headers=[pair for pair in answer.headers.raw if pair[0].lower() not in _UNPACKED],
            stream=AnswerBody(answer, recording, bounded=not note.download or answer.is_error),
            extensions=answer.extensions,
        )


def call_of(request: httpx2.Request) -> str:
    """The request as people see it: the method and the path."""
    return f"{request.method} {request.url.path}"


def _host(url: httpx2.URL) -> str:
    return url.netloc.decode("ascii", "replace").rpartition("@")[2]
