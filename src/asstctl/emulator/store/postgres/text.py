"""Full-text search by ``tsvector``: words by their stems, and pairs of characters beside them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from asstctl.emulator.store.database import Passages, Row
from asstctl.emulator.store.postgres import words as spelling

_LAST_PLACE = 16383
"""PostgreSQL counts words up to here; all that follow have this place too."""


class PostgresText:
    """The columns ``words`` of the tables of passages, and their indexes."""

    column = "words"
    mark = "to_tsvector('asstctl', CAST(? AS text))"

    def __init__(self, rows: Callable[[str, Sequence[Any]], list[Row]]) -> None:
        self._rows = rows

    def value(self, text: str) -> str:
        """Give the words and pairs of a text."""
        return spelling.indexed(text)

    def matching(
        self, passages: Passages, files: Collection[int], words: Sequence[str]
    ) -> dict[str, frozenset[int]]:
        """Give the passages that have each of the words."""
        asked = {word: query for word in words if (query := spelling.query(word))}
        found: dict[str, set[int]] = {word: set() for word in words}
        rows = self._rows(
            "SELECT q.word, p.seq FROM unnest(CAST(? AS text[]), CAST(? AS text[])) "  # noqa: S608
            f"AS q(word, asked) JOIN {passages.table} p "
            f"ON p.words @@ to_tsquery('asstctl', q.asked) WHERE p.{passages.file} = ANY(?)",
            (list(asked), list(asked.values()), list(files)),
        )
        for row in rows:
            found[row["word"]].add(row["seq"])
        return {word: frozenset(seqs) for word, seqs in found.items()}

    def marked(
        self, passages: Passages, found: Collection[int], words: Sequence[str]
    ) -> dict[int, list[str]]:
        """Give the places in some passages where one of the words stands."""
        phrases = self._phrases(words)
        stems = {stem for phrase in phrases for stem in phrase}
        rows = self._rows(
            "SELECT p.seq, w.lexeme, w.positions "  # noqa: S608 - own names
            f"FROM {passages.table} p CROSS JOIN LATERAL unnest(p.words) w "
            "WHERE p.seq = ANY(?) AND w.lexeme = ANY(?)",
            (list(found), list(stems)),
        )
        places: defaultdict[int, dict[int, str]] = defaultdict(dict)
        for row in rows:
            at = (place for place in row["positions"] if place < _LAST_PLACE)
            places[row["seq"]] |= dict.fromkeys(at, row["lexeme"])
        texts = self._rows(
            f"SELECT seq, text FROM {passages.table} WHERE seq = ANY(?)",  # noqa: S608 - own names
            (list(places),),
        )
        return {row["seq"]: list(_spans(row["text"], places[row["seq"]], phrases)) for row in texts}

    def _phrases(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """Give the stems of each word's parts, those of many parts first."""
        cut = [spelling.asked_parts(word) for word in words]
        rows = self._rows(
            "SELECT lexeme, positions FROM unnest(to_tsvector('asstctl', CAST(? AS text)))",
            (" ".join(part for parts in cut for part in parts),),
        )
        stems = {place: row["lexeme"] for row in rows for place in row["positions"]}
        phrases, at = [], 1
        for parts in cut:
            phrases.append(tuple(stems[place] for place in range(at, at + len(parts))))
            at += len(parts)
        return sorted(filter(None, phrases), key=len, reverse=True)


def _spans(
    text: str, stems: Mapping[int, str], phrases: Sequence[tuple[str, ...]]
) -> Iterator[str]:
    """Give the pieces of a text where a phrase stands; ``stems`` counts its words from 1."""
    found = list(spelling.WORD.finditer(text))
    end = 0
    for place in sorted(stems):
        if place <= end or place > len(found):
            continue
        for phrase in phrases:
            if all(stems.get(place + step) == stem for step, stem in enumerate(phrase)):
                end = min(place + len(phrase) - 1, len(found))
                yield text[found[place - 1].start() : found[end - 1].end()]
                break
