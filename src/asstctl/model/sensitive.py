"""What may be shown of texts that came from the environment, or were sent to a target as secrets.

Values are masked as data, before any view cuts, wraps or escapes them. Addresses, keys and ids
never are: they are how people and programs find things.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, overload

from asstctl.model.json import JsonValue, canonical_json

MASK: Final = "***"
"""What stands in place of a secret."""

_OUTSTANDING: Final = 8
"""So many characters are a secret wherever they stand; fewer only as a word of their own."""
_ORDINARY: Final = re.compile(r".{0,2}|[a-z]{,7}|[0-9]{,7}", re.DOTALL)
"""Masked in its own field only: elsewhere it hides nothing, and masking it would garble texts."""

_LITERAL: Final = re.compile(r'"(?:[^"\\]|\\.)*("|\\?\Z)', re.DOTALL)
"""A text in JSON. One that is cut has no quote at its end."""
_ODD: Final = re.compile(r"[^\w ,/()]")
"""What Markdown and Mermaid write as entities."""


@dataclass(frozen=True, slots=True)
class Sensitive:
    """What is known to be sensitive.

    ``secrets`` are values that may be shown nowhere. ``shown`` maps each whole text that such a
    value is part of to what may be shown of it: its own field shows even the shortest secret as
    ``***``.
    """

    secrets: frozenset[str] = frozenset()
    shown: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Sensitive({MASK})"

    def __or__(self, other: "Sensitive") -> "Sensitive":
        return Sensitive(self.secrets | other.secrets, {**self.shown, **other.shown})

    def text(self, text: str) -> str:
        """``text`` as it may be shown: secrets in it are masked, in every spelling."""
        return without(self.shown.get(text, text), self.secrets)

    @overload
    def value(self, value: str) -> str: ...
    @overload
    def value(self, value: JsonValue) -> JsonValue: ...
    def value(self, value: JsonValue) -> JsonValue:
        """``value`` with all of its texts as they may be shown."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {name: self.value(item) for name, item in value.items()}
        if isinstance(value, bool | int | float) or value is None:
            return value
        return [self.value(item) for item in value]

    def body(self, text: str) -> str:
        """A body of JSON, perhaps without its end, with all of its texts as they may be shown."""
        if text.lstrip()[:1] in ("{", "["):
            text = _LITERAL.sub(self._literal, text)
        return self.text(text)

    def _literal(self, match: re.Match[str]) -> str:
        if match[1] != '"':
            return '"…'
        try:
            text = json.loads(match[0], strict=False)
        except ValueError:
            return match[0]
        shown = self.text(text)
        return match[0] if shown == text else json.dumps(shown, ensure_ascii=False)

    def beside(self, value: JsonValue, desired: JsonValue) -> JsonValue:
        """What may be shown of the value that an account has where ``desired`` is wanted.

        It may be the same secret before it was changed, which nothing else betrays: where the two
        differ, and the desired one is sensitive, nothing of it is shown.
        """
        if isinstance(value, Mapping) and isinstance(desired, Mapping):
            return {name: self.beside(item, desired.get(name)) for name, item in value.items()}
        differs = value is not None and canonical_json(value) != canonical_json(desired)
        return MASK if differs and self.is_in(desired) else self.value(value)

    def settled(self, text: str) -> int:
        """How many characters of a text that goes on may be shown: the rest may begin a secret."""
        spelled = _spelled(self.secrets)
        longest = max(map(len, spelled), default=0)
        starts = range(max(0, len(text) - longest), len(text))
        end = next((i for i in starts if any(s.startswith(text[i:]) for s in spelled)), len(text))
        for match in _pattern(self.secrets).finditer(text):
            if match.start() < end < match.end():
                return match.start()
        return end

    def is_in(self, value: JsonValue) -> bool:
        """Whether ``value`` holds anything that may not be shown."""
        return canonical_json(value) != canonical_json(self.value(value))


NOTHING: Final = Sensitive()
"""Nothing is sensitive."""


def without(text: str, secrets: frozenset[str]) -> str:
    """``text`` without the secrets, however they are spelled in it."""
    return _pattern(secrets).sub(MASK, text) if secrets else text


def spellings(secret: str) -> frozenset[str]:
    """The ways in which programs write a text: raw, quoted, escaped for JSON, URLs or markup."""
    import html
    from urllib.parse import quote, quote_plus

    return frozenset(
        {
            secret,
            json.dumps(secret)[1:-1],
            json.dumps(secret, ensure_ascii=False)[1:-1],
            repr(secret)[1:-1],
            repr(secret.encode("utf-8", "surrogatepass"))[2:-1],
            quote(secret, safe="", errors="replace"),
            quote(secret, errors="replace"),
            quote_plus(secret, errors="replace"),
            html.escape(secret),
            html.escape(secret, quote=False),
            _ODD.sub(lambda found: f"&#{ord(found[0])};", secret),
            _ODD.sub(lambda found: f"#{ord(found[0])};", secret),
        }
    )


@cache
def _pattern(secrets: frozenset[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(_expression, _spelled(secrets))) or r"(?!)")


@cache
def _spelled(secrets: frozenset[str]) -> tuple[str, ...]:
    """All spellings. Of two that begin at one place the longer one is meant: it comes first."""
    found = {text for secret in secrets for part in _parts(secret) for text in spellings(part)}
    return tuple(sorted(found, key=lambda text: (-len(text), text)))


def _parts(secret: str) -> set[str]:
    """The secret, without white space around it, and each of its lines that is one by itself."""
    lines = {line.strip() for line in secret.splitlines()}
    long = {line for line in lines if len(line) >= _OUTSTANDING}
    return {part for part in {secret.strip(), *long} if not _ORDINARY.fullmatch(part)}


def _expression(text: str) -> str:
    if len(text) >= _OUTSTANDING:
        return re.escape(text)
    return rf"(?<!\w){re.escape(text)}(?!\w)"
