"""Any text, safe to print: nothing in it steers a terminal, hides, or turns the reading direction.

Texts of manifests, accounts and files are hostile until they have gone through here. What would
not be seen is written out as ``\\u202e``; a line end is ``⏎`` where one line is wanted.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_HIDDEN: Final = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls: C0 without tab and line feed, DEL, C1
    "\u2028\u2029"  # line and paragraph separator
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that turn the reading direction
    "\u00ad\u115f\u1160\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"  # no width
    "\ufff9-\ufffb\ufffe\uffff"  # annotations, and no characters at all
    "\ud800-\udfff"  # halves of characters
    "\U000e0000-\U000e007f"  # tags: a whole alphabet that nobody sees
)
_MARKS: Final = {"\n": "⏎", "\r": "␍", "\t": "⇥"}
_IN_LINES: Final = re.compile(f"[{_HIDDEN}]")
_IN_A_LINE: Final = re.compile(f"[\t\n{_HIDDEN}]")
_SPACES: Final = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
"""Spaces that look like the plain one, or nearly."""
_MARKS_OF_OURS: Final = re.compile("[⏎␍⇥·]")
_LEGITIMATE: Final = re.compile(
    # Emoji that are joined, and the flags of England, Scotland and Wales.
    "(?<=[\u00a9\u00ae\u203c-\u3299\ufe0f\U0001f000-\U0001faff])\u200d"
    "(?=[\u203c-\u3299\U0001f000-\U0001faff])"
    "|(?<=\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
    # Joiners between letters of scripts that are written with them: Arabic to Sinhala, and Khmer.
    "|(?<=[\u0600-\u0dff\u1780-\u17ff\ufb50-\ufdff\ufe70-\ufeff])[\u200c\u200d]"
    "(?=[\u0600-\u0dff\u1780-\u17ff\ufb50-\ufdff\ufe70-\ufeff])"
)


def printable(text: str) -> str:
    """``text`` on one line, every character visible: ``a⏎b``, ``\\u202e``. Never longer lines.

    What is printable stays as it is, so that doing it twice changes nothing.
    """
    return _IN_A_LINE.sub(_shown, text)


def printable_lines(text: str) -> str:
    """``text`` with its lines and tabs, every other character visible. CRLF is a line end."""
    return _IN_LINES.sub(_shown, text.replace("\r\n", "\n"))


def escaped(json_text: str) -> str:
    """A JSON text of the same value, its hidden characters in JSON's own escapes.

    They can only stand inside its strings.
    """
    return _IN_LINES.sub(lambda found: json.dumps(found[0])[1:-1], json_text)


def marked(text: str) -> str:
    """``text`` on one line, its spaces that are easily missed written out.

    That is: those at its end (``·``), and those other than the plain one (``\\u00a0``).
    """
    body = text.rstrip(" ")
    return printable(_SPACES.sub(_escape, body)) + "·" * (len(text) - len(body))


def exact(text: str) -> str:
    """As ``marked``, and nothing in it that is written otherwise could look the same.

    Letters that are composed of several characters where one would do are taken apart (``é`` is
    ``e\\u0301``), and what looks like a mark of ours is written out too.
    """
    return marked(_MARKS_OF_OURS.sub(_escape, _decomposed(text.replace("\\", "\\\\"))))


def appearance(text: str) -> str:
    """What a reader takes the text for; equal for texts that look the same when printed."""
    return " ".join(unicodedata.normalize("NFKC", printable(text)).split())


def hidden_in(text: str) -> Iterator[tuple[int, str]]:
    """Offset and name of every character that nobody sees and that no writing needs.

    Joiners inside emoji and between letters of the scripts that use them are needed; so is the
    carriage return of a CRLF.
    """
    needed = {at for found in _LEGITIMATE.finditer(text) for at in range(*found.span())}
    for found in _IN_LINES.finditer(text):
        at, character = found.start(), found[0]
        if at not in needed and not (character == "\r" and text[at + 1 : at + 2] == "\n"):
            yield at, named(character)


def named(character: str) -> str:
    """``U+202E RIGHT-TO-LEFT OVERRIDE``; without the name where Unicode has none."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def _shown(found: re.Match[str]) -> str:
    return _MARKS.get(found[0]) or _escape(found)


def _escape(found: re.Match[str]) -> str:
    point = ord(found[0])
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _decomposed(text: str) -> str:
    """The text, the combining characters of its decomposed letters written out."""
    if unicodedata.is_normalized("NFC", text):
        return text
    return "".join(
        f"\\u{ord(character):04x}" if unicodedata.combining(character) else character
        for character in text
    )
