"""What was sent to prove who we are must not come back to people: not in errors, not in logs."""

import json
from collections.abc import Iterable
from typing import Final

_SHORTEST: Final = 6
"""Anything shorter hides nothing from anybody, and masking it would garble ordinary words."""
_MASK: Final = "***"


class Mask:
    """Replaces secrets in any spelling in which a server or a library may quote them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {
            spelling for secret in secrets for part in _parts(secret) for spelling in _spell(part)
        }
        self._spellings = sorted(filter(_is_long, spellings), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without any of the secrets. To be called before a text is cut."""
        for spelling in self._spellings:
            text = text.replace(spelling, _MASK)
        return text


def _parts(secret: str) -> tuple[str, str]:
    """The whole value, and what follows its scheme."""
    return secret, secret.removeprefix("Bearer ")


def _spell(secret: str) -> tuple[str, ...]:
    return (
        secret,
        repr(secret)[1:-1],
        repr(secret.encode())[2:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    )


def _is_long(spelling: str) -> bool:
    return len(spelling) >= _SHORTEST
