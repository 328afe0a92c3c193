"""Idempotency keys: what a client says again, because an answer was lost, is not done again."""

import hashlib

from asstctl.emulator.errors import conflict
from asstctl.emulator.resources import Writer
from asstctl.emulator.store.collections import Body, encode


def is_new(writer: Writer, session_id: str, key: str, request: Body) -> bool:
    """Keep the key of a request to a session; false when the same request had it before.

    Raises ApiError (409) when another request had it.
    """
    digest = hashlib.sha256(encode(request).encode()).hexdigest()
    kept = writer.database.row(
        "SELECT digest FROM session_keys WHERE session_id = ? AND key = ?", (session_id, key)
    )
    if kept is None:
        writer.connection.execute(
            "INSERT INTO session_keys (session_id, key, digest) VALUES (?, ?, ?)",
            (session_id, key, digest),
        )
        return True
    if kept["digest"] != digest:
        raise conflict(f"The Idempotency-Key '{key}' was used with other events.")
    return False
