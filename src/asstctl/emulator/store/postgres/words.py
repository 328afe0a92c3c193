"""Words as PostgreSQL indexes them: cut here, by the rules of FTS5's ``unicode61``.

PostgreSQL's parser takes ``docs/lisbon.md`` for one file name, knows numbers and tags, and depends
on the locale of the database for every letter beyond ASCII. So a text comes to it as plain words of
ASCII with a blank between: each is one position. English words are what they are, and get their
stems from the database; any other word is spelled so that it holds a digit and can be no English
one.
"""

import re
import unicodedata

from asstctl.emulator.text import grams

# A private character stands for a Thai vowel sign (`asstctl.emulator.text.grams`).
_LETTER = "[^\\W_\u0300-\u036f]|[\ue000-\uf8ff]"
WORD = re.compile(f"(?:{_LETTER})(?:{_LETTER}|[\u0300-\u036f])*")
_ACCENT = re.compile("[\u0300-\u036f]")
_ENGLISH = re.compile("[a-z]+")
_LONGEST = 500
_BREAK = "u0"
"""A word that nothing asks for: what stands before and behind it is no phrase."""


def coded(word: str) -> str:
    """Give the ASCII that stands for a word: without accents, in lower case."""
    bare = _ACCENT.sub("", unicodedata.normalize("NFD", word))
    plain = unicodedata.normalize("NFC", bare).lower()[:_LONGEST]
    if _ENGLISH.fullmatch(plain):
        return plain
    return f"x{plain}" if plain.isascii() else f"u1{plain.encode().hex()}"


def parts(text: str) -> list[str]:
    """Give the words of a text as they are indexed."""
    return [coded(word) for word in WORD.findall(text)]


def indexed(text: str) -> str:
    """Give what is indexed of a text: its words, and behind them its pairs of characters."""
    words = " ".join(parts(text))
    pairs = grams.indexed(text)
    return f"{words} {_BREAK} {' '.join(parts(pairs))}" if pairs else words


def asked_parts(word: str) -> list[str]:
    """Give the words of the index that a word of a question, or a pair, stands for."""
    return parts(grams.spelled(word))


def query(word: str) -> str:
    """Give what is asked of the index for a word; nothing for one without a letter or digit."""
    asked = " <-> ".join(asked_parts(word))
    # A single character finds every pair that begins with it.
    return f"{asked}:*" if asked and len(word) == 1 and grams.is_gram(word) else asked
