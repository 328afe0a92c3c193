"""Write what ``validate`` only asks: *Did you mean …?*"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from asstctl.manifest import codes
from asstctl.manifest.load import Loaded
from asstctl.model.diagnostics import Diagnostic
from asstctl.sync.local.whole import write_output

_MEANT: Final = re.compile(r'Did you mean "([^"\n]+)"\?')
_FILE_MEANT: Final = re.compile(r"Did you mean (\{file: [^\n]+\})\?")
_QUOTES: Final = "\"'"
_Read: TypeAlias = Callable[[Mapping[str, str]], Loaded]
_What: TypeAlias = tuple[str, str, str, int]
_DEPTH: Final = 4
"""How many problems may come to light one behind the other: a type, its field, that one's value."""

_SUMMARIES: Final = {code.name: code.summary for code in codes.ALL}


@dataclass(frozen=True, slots=True)
class Fix:
    """A word that was replaced, and where it stood."""

    diagnostic: Diagnostic
    meant: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """What was written, and the project as it is now."""

    fixes: tuple[Fix, ...]
    loaded: Loaded


def fix(root: Path, read: _Read) -> Fixed:
    """Put the word that is meant in place of each wrong one that has a suggestion.

    ``read`` reads the project in ``root`` with texts in place of what some files hold. A word is
    only replaced when that error is gone then and no other has come, or one that is mended too.
    """
    at = _State({}, read({}), ())
    tried: set[Diagnostic] = set()
    while found := next(_unsolved(at.loaded, tried), None):
        tried.add(found[0])
        at = _mended(root, read, at, *found) or at
    for path, text in at.texts.items():
        write_output(root / path, text)
    return Fixed(at.fixes, at.loaded)


@dataclass(frozen=True, slots=True)
class _State:
    """Texts in place of what files hold, the project with them, and how it came to that."""

    texts: Mapping[str, str]
    loaded: Loaded
    fixes: tuple[Fix, ...]


def _mended(
    root: Path, read: _Read, at: _State, diagnostic: Diagnostic, meant: str, depth: int = _DEPTH
) -> _State | None:
    """The project without one problem, or None. What that uncovers has to be mended with it."""
    path = diagnostic.location.path
    before = at.texts.get(path) or _text(root / path)
    known = {_what(item) for item in at.loaded.diagnostics}
    for text in _candidates(before, diagnostic, meant):
        texts = {**at.texts, path: text}
        after = _State(texts, read(texts), (*at.fixes, Fix(diagnostic, meant)))
        if _what(diagnostic) in map(_what, after.loaded.diagnostics):
            continue
        better = _without_new(root, read, after, known, depth)
        if better is not None:
            return better
    return None


def _without_new(
    root: Path, read: _Read, at: _State, known: set[_What], depth: int
) -> _State | None:
    """The project without errors that are not ``known``, or None where one has no cure."""
    while new := {
        item for item in at.loaded.diagnostics if item.is_error and _what(item) not in known
    }:
        found = next((found for found in _unsolved(at.loaded, set()) if found[0] in new), None)
        mended = _mended(root, read, at, *found, depth - 1) if found and depth else None
        if mended is None:
            return None
        at = mended
    return at


def _unsolved(loaded: Loaded, tried: set[Diagnostic]) -> Iterator[tuple[Diagnostic, str]]:
    """The problems that a suggestion is made for, each with what is meant instead."""
    for diagnostic in loaded.diagnostics:
        pattern = _FILE_MEANT if diagnostic.code == codes.PATH_AS_TEXT.name else _MEANT
        meant = pattern.search(diagnostic.fix)
        if meant and diagnostic.excerpt and diagnostic not in tried:
            yield diagnostic, meant[1]


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def _candidates(text: str, diagnostic: Diagnostic, meant: str) -> Iterator[str]:
    """Texts with the word at the place of the diagnostic: in part of what stands there, or all."""
    lines = text.split("\n")
    at = diagnostic.location.line - 1
    if diagnostic.excerpt is None or not 0 <= at < len(lines):
        return
    start = diagnostic.location.column - 1
    line = lines[at]
    end = start + diagnostic.excerpt.width
    marked = line[start:end]
    for word in dict.fromkeys(_words(diagnostic, marked, meant)):
        yield "\n".join([*lines[:at], f"{line[:start]}{word}{line[end:]}", *lines[at + 1 :]])


def _words(diagnostic: Diagnostic, marked: str, meant: str) -> Iterator[str]:
    """What may be written instead of what is ``marked``."""
    if diagnostic.code == codes.PATH_AS_TEXT.name:
        path = meant.removeprefix("{file: ").removesuffix("}")
        yield from (meant, f"{{file: {json.dumps(path, ensure_ascii=False)}}}")
        return
    wrong = _subject(diagnostic)
    quote = marked[:1] if marked[:1] in _QUOTES and marked[-1:] == marked[:1] else ""
    if wrong and marked.count(wrong) == 1:
        yield marked.replace(wrong, meant)
    yield f"{quote}{meant}{quote}"


def _subject(diagnostic: Diagnostic) -> str:
    """The name in a summary, as it is written in the file unless it is a long one."""
    pattern = re.escape(_SUMMARIES.get(diagnostic.code, "")).replace(r"\{\}", "(.+)")
    found = re.fullmatch(pattern, diagnostic.summary)
    return found[1] if found and found.groups() else ""


def _what(diagnostic: Diagnostic) -> _What:
    """What stays the same of a problem when a line gets longer."""
    location = diagnostic.location
    return diagnostic.code, diagnostic.summary, location.path, location.line
