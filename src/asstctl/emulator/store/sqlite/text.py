"""Full-text search by FTS5: words by their stems, and pairs of characters beside them."""

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

from asstctl.emulator.store.database import Passages, Row
from asstctl.emulator.text import grams

_OPEN, _CLOSE = "\x02", "\x03"
_MARKED = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")


class SqliteText:
    """The virtual tables beside the tables of passages, which triggers keep in step."""

    column = "pairs"
    mark = "?"

    def __init__(self, rows: Callable[[str, Sequence[Any]], list[Row]]) -> None:
        self._rows = rows

    def value(self, text: str) -> str:
        """Give the pairs of a text; its words are indexed from the text itself."""
        return grams.indexed(text)

    def matching(
        self, passages: Passages, files: Collection[int], words: Sequence[str]
    ) -> dict[str, frozenset[int]]:
        """Give the passages that have each of the words."""
        sql = (
            f"SELECT p.seq FROM {_joined(passages)} "  # noqa: S608 - own names and numbers
            f"WHERE {passages.table}_text MATCH ? AND p.{passages.file} IN ({_listed(files)})"
        )
        return {
            word: frozenset(row["seq"] for row in self._rows(sql, (_quote(word),)))
            for word in words
        }

    def marked(
        self, passages: Passages, found: Collection[int], words: Sequence[str]
    ) -> dict[int, list[str]]:
        """Give the places in some passages where one of the words stands."""
        text = f"{passages.table}_text"
        rows = self._rows(
            f"SELECT p.seq, highlight({text}, 0, '{_OPEN}', '{_CLOSE}') AS marked "  # noqa: S608
            f"FROM {_joined(passages)} WHERE {text} MATCH ? AND p.seq IN ({_listed(found)})",
            (" OR ".join(_quote(word) for word in words),),
        )
        return {row["seq"]: _MARKED.findall(row["marked"]) for row in rows}


def _joined(passages: Passages) -> str:
    return f"{passages.table}_text t JOIN {passages.table} p ON p.seq = t.rowid"


def _listed(numbers: Collection[int]) -> str:
    return ", ".join(map(str, numbers))


def _quote(word: str) -> str:
    quoted = '"' + grams.spelled(word).replace('"', '""') + '"'
    # A single character finds every pair that begins with it.
    return quoted + "*" if len(word) == 1 and grams.is_gram(word) else quoted
