"""Connections that take more than they should get: idle ones, and more than there is room for."""

import asyncio
import contextlib
import errno
import functools
import logging
import sys
import time
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

HEADER_SECONDS = 20
"""How long a client may take to send the head of its first request."""

KEEP_SECONDS = 20
"""How long a connection is kept for the next request. Clients keep theirs for four or five seconds
as a rule; closed just then, it would fail the request that is on its way.
"""

AT_ONCE = 16
"""How many waiting connections are accepted before any of them is looked at."""

_RESERVED = 3 * AT_ONCE + 16
"""Descriptors for those, for as many that are about to be closed, and as many that are being
closed; for the account's own files, its model and the documents it reads.
"""

_QUIET_SECONDS = 60
_FULL = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_log = logging.getLogger(__name__)


class Connection(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
    """Closes when no request begins: half a request would hold a file descriptor for ever.

    One too many is closed at once, while there is still a descriptor to take it with.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEADER_SECONDS, self._give_up)
        if len(self.connections) > most_connections():
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._deadline.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        if self.cycle is None:
            self.transport.close()


class Complaints:
    """What the event loop complains about, said once a minute when the system has no room left.

    It tries each waiting connection anew, thousands of times a second, with a traceback each.
    """

    def __init__(self) -> None:
        self._said = -float(_QUIET_SECONDS)

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Handle one complaint."""
        error = context.get("exception")
        if not (isinstance(error, OSError) and error.errno in _FULL and "socket" in context):
            loop.default_exception_handler(context)
            return
        now = time.monotonic()
        if now - self._said >= _QUIET_SECONDS:
            self._said = now
            _log.warning("connections have to wait, the system has no room for more: %s", error)


@functools.cache
def most_connections() -> int:
    """How many connections there is room for, once the process has what the system lets it have."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return sys.maxsize
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        limit = most
    return sys.maxsize if limit == resource.RLIM_INFINITY else max(1, limit - _RESERVED)
