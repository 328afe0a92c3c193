"""One exchange as it happens: reported to the observer once, when it is over."""

import time
from typing import Final

import httpx2

from asstctl.model.sensitive import Sensitive
from asstctl.remote.wire.connection import reason_of
from asstctl.remote.wire.observer import Exchange, WireObserver

_SHOWN: Final = 4_000
_KEPT: Final = 4 * _SHOWN
"""Bytes of a body. More are kept than are shown: no secret is cut before it is masked."""


class Recording:
    """Records a request and its answer; bodies only when the observer wants them, and bounded."""

    def __init__(
        self, observer: WireObserver, sensitive: Sensitive, request: httpx2.Request, attempt: int
    ) -> None:
        self._observer = observer
        self._sensitive = sensitive
        self._request = request
        self._attempt = attempt
        self._began = time.monotonic()
        self._status: int | None = None
        self._request_id: str | None = None
        self._received = bytearray()
        self._told = False

    @property
    def call(self) -> str:
        """The request as errors name it."""
        return f"{self._request.method} {self._request.url.path}"

    def answered(self, answer: httpx2.Response) -> None:
        """The status and the headers have come."""
        self._status = answer.status_code
        self._request_id = answer.headers.get("x-request-id")

    def received(self, piece: bytes) -> None:
        """A piece of the answer has come."""
        if self._observer.wants_bodies and len(self._received) < _KEPT:
            self._received += piece[: _KEPT - len(self._received)]

    def failed(self, error: BaseException) -> None:
        """No answer came, or not all of it."""
        self._tell(reason_of(error, self._request.url.host))

    def ended(self) -> None:
        """The answer has been read, or the reader has stopped."""
        self._tell("")

    def _tell(self, error: str) -> None:
        if self._told:
            return
        self._told = True
        bodies = self._observer.wants_bodies
        self._observer.on_exchange(
            Exchange(
                method=self._request.method,
                path=self._sensitive.text(self._request.url.raw_path.decode("ascii", "replace")),
                status=self._status,
                seconds=time.monotonic() - self._began,
                attempt=self._attempt,
                request_id=self._request_id,
                error=self._sensitive.text(error),
                sent=self._sent() if bodies else None,
                received=self._shown(bytes(self._received)) if bodies else None,
            )
        )

    def _sent(self) -> str | None:
        try:
            return self._shown(self._request.content)
        except httpx2.RequestNotRead:
            return "(a file)"

    def _shown(self, body: bytes) -> str | None:
        text = self._sensitive.body(body.decode("utf-8", "replace"))
        if len(text) > _SHOWN:
            return f"{text[:_SHOWN]}… ({len(body)} bytes or more)"
        return text or None
