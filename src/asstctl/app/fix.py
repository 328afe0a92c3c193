"""Write what ``validate`` only asks: *Did you mean …?*"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asstctl.manifest import codes
from asstctl.manifest.load import Loaded
from asstctl.model.diagnostics import Diagnostic
from asstctl.sync.local.whole import write_output

_MEANT: Final = re.compile(r'Did you mean "([^"\n]+)"\?')
_FILE_MEANT: Final = re.compile(r"Did you mean (\{file: [^\n]+\})\?")
_QUOTES: Final = "\"'"
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


def fix(root: Path, read: Callable[[Mapping[str, str]], Loaded]) -> Fixed:
    """Put the word that is meant in place of each wrong one that has a suggestion.

    ``read`` reads the project in ``root`` with texts in place of what some files hold. A word is
    only replaced when the project then has fewer errors, and that one no more.
    """
    texts: dict[str, str] = {}
    loaded = read(texts)
    fixes: list[Fix] = []
    tried: set[Diagnostic] = set()
    while found := next(_unsolved(loaded, tried), None):
        diagnostic, meant = found
        tried.add(diagnostic)
        path = diagnostic.location.path
        before = texts.get(path) or _text(root / path)
        for text in _candidates(before, diagnostic, meant):
            after = read({**texts, path: text})
            if _is_better(after, loaded, diagnostic):
                texts[path], loaded = text, after
                fixes.append(Fix(diagnostic, meant))
                break
    for path, text in texts.items():
        write_output(root / path, text)
    return Fixed(tuple(fixes), loaded)


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


def _is_better(after: Loaded, before: Loaded, diagnostic: Diagnostic) -> bool:
    """Whether a problem is gone, and no error has come for it."""
    known = {_what(item) for item in before.diagnostics}
    return _what(diagnostic) not in map(_what, after.diagnostics) and all(
        _what(item) in known for item in after.diagnostics if item.is_error
    )


def _what(diagnostic: Diagnostic) -> tuple[str, str, str, int]:
    """What stays the same of a problem when a line gets longer."""
    location = diagnostic.location
    return diagnostic.code, diagnostic.summary, location.path, location.line
