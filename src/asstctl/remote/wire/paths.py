"""Paths of requests. An id stands in one as it is, whatever characters a server has put into it."""

from typing import Final
from urllib.parse import quote

from asstctl.sync.ports import AccountError, Failure

_ELSEWHERE: Final = frozenset({"", ".", ".."})
"""What leads a path to another object than the one that is meant, however it is written."""


def path_to(*parts: str) -> str:
    """``/assistants/asst_1`` for ``"assistants", "asst_1"``; ``/``, ``?`` and ``#`` are quoted.

    Raises AccountError for an id that cannot stand in a path.
    """
    return "".join(f"/{_segment(part)}" for part in parts)


def _segment(part: str) -> str:
    try:
        quoted = quote(part, safe=":@")
    except UnicodeEncodeError:
        quoted = ""
    if quoted not in _ELSEWHERE:
        return quoted
    raise AccountError(
        f"{part!r} is not an id",
        failure=Failure.INVALID,
        why="It cannot stand in the address of a request, so nothing was asked.",
        fix="Use an id as the account shows it.",
    )
