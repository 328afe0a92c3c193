"""The answer to one request, and the request as errors name it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from asstctl.model.json import JsonValue
from asstctl.remote.wire.failures import GarbageError, garbage
from asstctl.remote.wire.rate_limit import LONGEST_WAIT

_POLL_HEADER: Final = "openai-poll-after-ms"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """The JSON that a server answered with; None when it sent nothing.

    ``call`` is the request as errors name it (``GET /v1/assistants``), ``seconds`` the time that
    its last attempt took.
    """

    call: str
    value: JsonValue
    headers: Mapping[str, str]
    seconds: float

    def read(self, reader: Callable[[JsonValue], T]) -> T:
        """The value, decoded by ``reader``.

        Raises AccountError that names the request when the reader raises GarbageError.
        """
        try:
            return reader(self.value)
        except GarbageError as error:
            raise garbage(error.found, self.call) from error

    @property
    def poll_after(self) -> float | None:
        """Seconds until the next poll, when the server names them and they make sense."""
        try:
            pause = float(self.headers[_POLL_HEADER]) / 1000
        except (KeyError, ValueError):
            return None
        return pause if 0 < pause < LONGEST_WAIT else None
