"""Plain values → YAML as a person would write it: block text, short things on one line, comments.

What is written reads back equal, by this project's dialect and by any other reader: a text that
one of them could take for something else is put in quotes.
"""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import yaml

from asstctl.manifest.values import Path, Plain
from asstctl.manifest.yaml.nodes import BadNumberError, plain_scalar

Comments: TypeAlias = Mapping[Path, Sequence[str]]
"""Lines of comment by the path of what they stand above; the empty path is the document."""

WIDTH: Final = 96
LONGEST_KEY: Final = 100
"""YAML reads longer ones only in a form that nobody would write."""

_INDENT: Final = 2
_MOST_INLINE: Final = 5
_PLAIN: Final = re.compile(r"[\w/.][^\x00-\x1f\x7f-\xa0\ufeff]*")
_NEVER_PLAIN: Final = re.compile(r":(?:\s|$)|\s#|\s$|^(?:---|\.\.\.)|[\u2028\u2029\ufffe\uffff]")
_IN_FLOW: Final = re.compile(r"[\[\]{},:?]")
_BLOCK: Final = re.compile(
    "[\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]+"
)
_BREAKS: Final = re.compile("[\x85\u2028\u2029]")
_FOLD_AT: Final = re.compile(r"(?<=[^\s]) (?=[^\s])")
_resolve: Any = yaml.resolver.Resolver().resolve
_TEXT_TAG: Final = "tag:yaml.org,2002:str"


def to_yaml(value: Mapping[str, Plain], comments: Comments | None = None) -> str:
    """The text of a document. Empty lines set fields of several lines apart.

    Raises ValueError for a field whose name is longer than LONGEST_KEY.
    """
    notes = comments or {}
    lines = [f"# {line}".rstrip() for line in notes.get((), ())]
    parts = [list(_field(name, item, 0, (name,), notes)) for name, item in value.items()]
    tall_before = False
    for number, part in enumerate(parts):
        tall = len(part) > 1
        if number and (tall or tall_before):
            lines.append("")
        lines += part
        tall_before = tall
    return "\n".join(lines) + "\n"


def field_lines(name: str, value: Plain, indent: int) -> list[str]:
    """The lines of one field that is ``indent`` columns in, the first line's own included."""
    return list(_field(name, value, indent, (name,), {}))


def inline_text(value: Plain) -> str:
    """A value on one line, whatever it is, as it may stand between brackets."""
    return _inline(value) or _quoted(str(value), flow=True)


def line_count(value: Plain) -> int:
    """How many lines a value takes when it is written out."""
    return len(list(_field("x", value, 0, (), {})))


def _field(name: str, value: Plain, indent: int, path: Path, notes: Comments) -> Iterator[str]:
    yield from _comment(path, indent, notes)
    yield from _after(f"{' ' * indent}{_key(name)}:", value, indent, path, notes)


def _after(head: str, value: Plain, indent: int, path: Path, notes: Comments) -> Iterator[str]:
    """``value`` behind the ``head`` of its field: on the same line, or below it."""
    inline = _inline(value)
    if isinstance(value, str):
        yield from _text(head, value, indent)
    elif inline is not None and (not _can_be_block(value) or _fits(head, inline, path, notes)):
        yield f"{head} {inline}"
    elif isinstance(value, dict):
        yield head
        for name, item in value.items():
            yield from _field(name, item, indent + _INDENT, (*path, name), notes)
    elif isinstance(value, list):
        yield head
        yield from _items(value, indent + _INDENT, path, notes)


def _can_be_block(value: Plain) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _fits(head: str, inline: str, path: Path, notes: Comments) -> bool:
    return len(head) + len(inline) < WIDTH and not _has_notes(path, notes)


def _items(values: list[Plain], indent: int, path: Path, notes: Comments) -> Iterator[str]:
    for number, item in enumerate(values):
        here = (*path, number)
        yield from _comment(here, indent, notes)
        margin = " " * indent
        if isinstance(item, dict) and item:
            fields = [
                line
                for name, field in item.items()
                for line in _field(name, field, indent + _INDENT, (*here, name), notes)
            ]
            # A comment above the first field stands above the dash.
            first = next(i for i, line in enumerate(fields) if not line.lstrip().startswith("# "))
            yield from (line[_INDENT:] for line in fields[:first])
            yield f"{margin}- {fields[first].lstrip()}"
            yield from fields[first + 1 :]
        elif isinstance(item, list) and item and _inline(item) is None:
            yield f"{margin}-"
            yield from _items(item, indent + _INDENT, here, notes)
        else:
            yield from _after(f"{margin}-", item, indent, here, notes)


def _comment(path: Path, indent: int, notes: Comments) -> Iterator[str]:
    for line in notes.get(path, ()) if path else ():
        yield f"{' ' * indent}# {line}".rstrip()


def _has_notes(path: Path, notes: Comments) -> bool:
    return any(len(other) > len(path) and other[: len(path)] == path for other in notes)


def _inline(value: Plain) -> str | None:
    """A value in brackets on one line; None when a person would not write it so."""
    match value:
        case dict():
            if len(value) > _MOST_INLINE or not all(map(_is_small, value.values())):
                return None
            fields = (f"{_key(name, flow=True)}: {_scalar(item)}" for name, item in value.items())
            return f"{{{', '.join(fields)}}}"
        case list():
            if not all(map(_is_small, value)):
                return None
            return f"[{', '.join(map(_scalar, value))}]"
        case _:
            return _scalar(value)


def _is_small(value: Plain) -> bool:
    if isinstance(value, str):
        return "\n" not in value and len(value) <= WIDTH // 2
    return not value if isinstance(value, dict | list) else True


def _scalar(value: Plain) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value, flow=True)
        case dict():
            return "{}"
        case list():
            return "[]"
        case _:
            return repr(value)


def _key(name: str, *, flow: bool = False) -> str:
    if len(name) > LONGEST_KEY:
        raise ValueError("YAML cannot hold a field with so long a name")
    return f'"{name}"' if name == "<<" else _quoted(name, flow=flow or "?" in name)


# --- text ---------------------------------------------------------------------------------------


def _text(head: str, text: str, indent: int) -> Iterator[str]:
    if "\n" in text and is_block_text(text):
        yield f"{head} |{_indicators(text)}"
        margin = " " * (indent + _INDENT)
        body = text.removesuffix("\n").split("\n")
        yield from (f"{margin}{line}" if line else "" for line in body)
        return
    quoted = _quoted(text)
    if len(head) + len(quoted) < WIDTH or not _is_prose(text):
        yield f"{head} {quoted}"
        return
    yield f"{head} >-"
    yield from _folded(text, " " * (indent + _INDENT))


def is_block_text(text: str) -> bool:
    """Whether a text of several lines can be written as such, and read back as it was."""
    if not _BLOCK.fullmatch(text) or _BREAKS.search(text) or not text.strip():
        return False
    last = text.removesuffix("\n").rpartition("\n")[2]
    return bool(last.strip()) and not text.endswith("\n\n")


def _indicators(text: str) -> str:
    """How far the block is indented, where that cannot be seen, and what becomes of its end."""
    first = next(line for line in text.split("\n") if line.strip())
    unclear = first[0].isspace() or not text.split("\n", 1)[0].strip()
    return (str(_INDENT) if unclear else "") + ("" if text.endswith("\n") else "-")


def _is_prose(text: str) -> bool:
    """Whether a text of one line may be broken at its spaces."""
    plain = _BLOCK.fullmatch(text) and not _BREAKS.search(text)
    return bool(plain) and not re.search(r"[\t\n]", text) and text == text.strip()


def _folded(text: str, margin: str) -> Iterator[str]:
    line = ""
    for word in _FOLD_AT.split(text):
        if line and len(margin) + len(line) + 1 + len(word) > WIDTH:
            yield margin + line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield margin + line


def _quoted(text: str, *, flow: bool = False) -> str:
    """A text on one line: as it is when nobody can take it for anything else."""
    if _is_plain(text) and not (flow and _IN_FLOW.search(text)):
        return text
    if text.isprintable() and "\\" not in text and '"' not in text and "\N{BOM}" not in text:
        return f'"{text}"'
    if text.isprintable() and "'" not in text:
        return f"'{text}'"
    dumped = yaml.dump(text, default_style='"', allow_unicode=True, width=sys.maxsize)
    return str(dumped).removesuffix("\n")


def _is_plain(text: str) -> bool:
    if not _PLAIN.fullmatch(text) or _NEVER_PLAIN.search(text) or not text.isprintable():
        return False
    try:
        return plain_scalar(text) == text and _means_text(text)
    except BadNumberError:
        return False


def _means_text(text: str) -> bool:
    """Whether readers of YAML 1.1 take it for text too: not ``yes``, ``1:30`` or a date."""
    return bool(_resolve(yaml.ScalarNode, text, (True, False)) == _TEXT_TAG)


__all__ = [
    "LONGEST_KEY",
    "Comments",
    "field_lines",
    "inline_text",
    "is_block_text",
    "line_count",
    "to_yaml",
]
