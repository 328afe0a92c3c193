"""Object ids: a prefix that tells the kind, then 24 random base-62 characters."""

import secrets
import string

_ALPHABET = string.digits + string.ascii_letters
_LENGTH = 24


def new_id(prefix: str) -> str:
    """Make an id such as ``asst_…``; the prefix carries its own separator."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
