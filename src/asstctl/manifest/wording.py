"""Words for messages: values, types and paths, short and on one line."""

import difflib
from collections.abc import Mapping, Sequence

from asstctl.manifest.values import Path, Plain


def shortened(text: str, limit: int = 60) -> str:
    """``text`` on one line and not too long to be part of a message."""
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def shown(value: Plain) -> str:
    """A value for a message, short and on one line."""
    match value:
        case str():
            return f'"{shortened(value)}"'
        case bool():
            return "true" if value else "false"
        case None:
            return "empty"
        case _:
            return shortened(str(value))


def listed(items: Sequence[str], word: str) -> str:
    """Items as a sentence has them: `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


TYPES: Mapping[str, str] = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
"""JSON Schema's types as a person would say them."""


def kind_of(value: Plain) -> str:
    """What a value is, for a message."""
    match value:
        case None:
            return "empty"
        case bool() | int() | float():
            return shown(value)
        case str():
            return f"the text {shown(value)}"
        case list():
            return "a list"
        case _:
            return "a mapping"


def named(path: Path) -> str:
    """A path for a message: ``metadata.team``, ``files[2]``."""
    if path[:1] == ("overrides",) and len(path) > 2:
        path = path[2:]  # the same name as in the document that it is merged into
    if len(path) > 4:
        path = path[-4 if isinstance(path[-3], int) else -3 :]
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{shortened(step, 40)}"
    return text.lstrip(".") or "the document"


def did_you_mean(word: str, known: Mapping[str, object] | list[str] | tuple[str, ...]) -> str:
    """A sentence that offers the known word most like ``word``, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    if not close:
        folded = {name.casefold(): name for name in known}
        close = [folded[word.casefold()]] if word.casefold() in folded else []
    return f'Did you mean "{close[0]}"?' if close else ""
