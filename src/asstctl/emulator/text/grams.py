"""Words of scripts that write no spaces between them: overlapping pairs of characters stand in.

FTS5 takes a sentence of Chinese, Japanese or Thai for one word, and Korean joins its particles to
the words. So these are indexed a second time, as the pairs of neighbours in them, and searched for
so. Thai vowel signs are no letters to FTS5: in the index, each stands as a private character.
"""

import re
import unicodedata

_THAI = "\u0e01-\u0e3a\u0e40-\u0e4e"
_UNSPACED = (
    "\u3005-\u3007\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese and Japanese
    "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3" + _THAI
)
_RUN = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_CHARACTER = re.compile(f"[{_UNSPACED}]")
_SIGNS = {
    code: 0xE000 + code - 0x0E00
    for code in range(0x0E01, 0x0E4F)
    if unicodedata.category(chr(code)) == "Mn"
}

WORD = re.compile(rf"[\w{_THAI}\u3099\u309a]+(?:[.,'’][\w{_THAI}\u3099\u309a]+)*")
"""A word of any script; one without spaces gives a whole sentence."""


def is_gram(word: str) -> bool:
    """Tell whether a word is a pair, or a single character, of such a script."""
    return _CHARACTER.match(word) is not None


def pairs(word: str) -> tuple[str, ...]:
    """Cut a word into pairs of neighbours and the words between them.

    Nothing for a word without a character of these scripts.
    """
    return tuple(part for run in _runs(word) for part in _neighbours(run))


def indexed(text: str) -> str:
    """Give what is indexed beside a text: the pairs of its words, in the index's own spelling.

    The last character of a run stands alone, so that each character begins something: a question
    of a single one finds all of them.
    """
    if text.isascii():
        return ""
    runs = (run for word in WORD.findall(text) for run in _runs(word))
    ends = (part for run in runs for part in (*_neighbours(run), *_end(run)))
    return " ".join(spelled(part) for part in ends)


def spelled(part: str) -> str:
    """Give a pair as it stands in the index."""
    return part.translate(_SIGNS)


def plain(text: str) -> str:
    """Give a text as pairs are cut from it: without widths, composed, in lower case."""
    return unicodedata.normalize("NFKC", text).casefold()


def _runs(word: str) -> list[str]:
    folded = plain(word)
    return _RUN.findall(folded) if _CHARACTER.search(folded) else []


def _neighbours(run: str) -> tuple[str, ...]:
    if len(run) == 1 or not is_gram(run):
        return (run,)
    return tuple(run[start : start + 2] for start in range(len(run) - 1))


def _end(run: str) -> tuple[str, ...]:
    return (run[-1],) if len(run) > 1 and is_gram(run) else ()
