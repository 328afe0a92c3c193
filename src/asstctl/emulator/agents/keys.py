"""Idempotency keys: what a client says again, because an answer was lost, is not done again."""

import hashlib

from asstctl.emulator.errors import conflict
from asstctl.emulator.resources import Writer
from asstctl.emulator.store.collections import Body, encode

_SHOWN = 100
"""Characters of a key in a message."""


def is_new(writer: Writer, session_id: str, key: str, request: Body) -> bool:
    """Keep the key of a request to a session; false when the same request had it before.

    Raises ApiError (409) when another request had it.
    """
    kept_as, digest = _digest(key), _digest(encode(request))
    kept = writer.database.row(
        "SELECT digest FROM session_keys WHERE session_id = ? AND key = ?", (session_id, kept_as)
    )
    if kept is None:
        writer.connection.execute(
            "INSERT INTO session_keys (session_id, key, digest) VALUES (?, ?, ?)",
            (session_id, kept_as, digest),
        )
        return True
    if kept["digest"] != digest:
        raise conflict(f"The Idempotency-Key '{key[:_SHOWN]}' was used with other events.")
    return False


def _digest(text: str) -> str:
    """Give what stands for a text: an index takes no long one."""
    return hashlib.sha256(text.encode()).hexdigest()
