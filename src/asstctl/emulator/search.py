"""Finding passages: the database says which have a word, their share of the question scores them.

A database's own rank looks at all stores of the account at once (bm25 comes out near zero in a
store of one file) or at a single passage, so a threshold on it would mean nothing. The score here
lies between 0 and 1 and depends on the searched files alone: a passage that has every word of the
question scores 1, and a rare word counts for more than one that stands everywhere.
"""

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asstctl.emulator.store.database import Database, Passages, Row, place_marks
from asstctl.emulator.text import grams

_MAX_TERMS = 96
_CANDIDATES = 400
_STORES = Passages("passages", "store_file")
_ENVIRONMENTS = Passages("environment_passages", "environment_file")

_STOP_WORDS = frozenset(
    """a about after all also am an and any are as at be been before being but by can could did do
    does doing down each for from further get give had has have having he her here hers him his how
    i i'd i'll i'm i've if in into is it it's its just let like may me might mine more most much
    must my need no nor not now of off on once only or other our out over own please s same say
    she should so some such t tell than that that's the their them then there these they this those
    through to too under until up us very want was we were what what's when where which while who
    whom why will with would you you're your yours""".split()  # noqa: SIM905 - words read best so
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a file that answers a query; ``matched`` are the words that were found in it."""

    file_id: str
    file_name: str
    text: str
    score: float
    attributes: Mapping[str, Any]
    matched: tuple[str, ...]


def terms(query: str) -> tuple[str, ...]:
    """Give the words to search for: without stop words, unless there are no others.

    A word of a script that is written without spaces is searched for by its pairs of characters.
    """
    words = dict.fromkeys(
        part
        for word in grams.WORD.findall(query)
        for part in grams.pairs(word) or (word.casefold().replace("’", "'"),)
    )
    kept = [word for word in words if word not in _STOP_WORDS]
    return tuple((kept or list(words))[:_MAX_TERMS])


def search(
    database: Database,
    store_ids: tuple[str, ...],
    query: str,
    *,
    limit: int,
    threshold: float = 0.0,
    accept: Callable[[Mapping[str, Any]], bool] = lambda _: True,
) -> tuple[Passage, ...]:
    """Give the best passages of the stores' indexed files, best first, always in the same order.

    A score is the share of the words' weights that a passage has: with "Lisbon" in one passage of
    three and "hotel" in all, a passage with only "Lisbon" scores higher than one with only "hotel".
    Passages below ``threshold`` (0 to 1), and those of files whose attributes ``accept`` refuses,
    are left out.
    """
    index = _Index(database, _STORES, _stored(database, store_ids, accept))
    return index.best(terms(query), limit, threshold)


def search_environment(
    database: Database, environment_id: str, query: str, *, limit: int
) -> tuple[Passage, ...]:
    """Give the best passages of an environment's files as `search` does; paths are their names."""
    rows = database.rows(
        "SELECT seq, path FROM environment_files WHERE environment_id = ? ORDER BY path",
        (environment_id,),
    )
    files = {row["seq"]: _File("", row["path"], {}) for row in rows}
    return _Index(database, _ENVIRONMENTS, files).best(terms(query), limit, 0.0)


@dataclass(frozen=True, slots=True)
class _File:
    """What is told of the file that a passage comes from."""

    id: str
    name: str
    attributes: Mapping[str, Any]


def _stored(
    database: Database, store_ids: tuple[str, ...], accept: Callable[[Mapping[str, Any]], bool]
) -> dict[int, _File]:
    """Map the rows of the stores' indexed files to what is told of them."""
    marks = place_marks(store_ids)
    rows = database.rows(
        "SELECT s.seq, s.id, s.body, f.body AS file FROM store_files s JOIN files f ON f.id = s.id"  # noqa: S608 - only marks
        f" WHERE s.status = 'completed' AND s.store_id IN ({marks}) ORDER BY s.seq",
        store_ids,
    )
    files = {}
    for row in rows:
        attributes = json.loads(row["body"])["attributes"] or {}
        if accept(attributes):
            filename = json.loads(row["file"])["filename"]
            files[row["seq"]] = _File(row["id"], filename, attributes)
    return files


@dataclass(frozen=True, slots=True)
class _Hit:
    """A passage that was found: its score, and the places in it where a word stands."""

    score: float
    row: Row
    marked: Sequence[str]
    pairs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Index:
    """The passages of some files: those of the rows that ``files`` maps."""

    database: Database
    passages: Passages
    files: Mapping[int, _File]

    def best(self, words: tuple[str, ...], limit: int, threshold: float) -> tuple[Passage, ...]:
        """Give the passages with the highest scores, best first."""
        if not words or not self.files:
            return ()
        matches = self.database.text.matching(self.passages, self.files, words)
        scores = self._scores(matches, threshold)
        found = [
            _Hit(
                scores[row["seq"]],
                row,
                marked,
                tuple(
                    word for word in words if row["seq"] in matches[word] and grams.is_gram(word)
                ),
            )
            for row, marked in self._candidates(scores, words)
        ]
        found.sort(key=lambda hit: (-hit.score, -len(hit.marked), hit.row["seq"]))
        return tuple(self._passage(hit) for hit in _distinct(found)[:limit])

    def _scores(self, matches: Mapping[str, frozenset[int]], threshold: float) -> dict[int, float]:
        """Give the passages' shares of the words' weights, for those that reach the threshold."""
        weights = self._weights(matches)
        total = sum(weights.values())
        sums: defaultdict[int, float] = defaultdict(float)
        for word, seqs in matches.items():
            for seq in seqs:
                sums[seq] += weights[word]
        scores = {seq: round(weight / total, 6) for seq, weight in sums.items()}
        return {seq: score for seq, score in scores.items() if score >= threshold}

    def _weights(self, matches: Mapping[str, frozenset[int]]) -> dict[str, float]:
        """Weigh each word by how few passages have it; one that none has asks for its share."""
        row = self.database.row(
            f"SELECT count(*) AS n FROM {self.passages.table} "  # noqa: S608 - own names and numbers
            f"WHERE {self.passages.file} IN ({_listed(self.files)})"
        )
        count = int(row["n"]) if row else 0
        return {
            word: 1 + math.log(1 + (count - len(hits) + 0.5) / (len(hits) + 0.5)) if hits else 1.0
            for word, hits in matches.items()
        }

    def _candidates(
        self, scores: Mapping[int, float], words: tuple[str, ...]
    ) -> Iterator[tuple[Row, Sequence[str]]]:
        """Give the passages with the highest scores, and where in them one of the words stands."""
        best = sorted(scores, key=lambda seq: (-scores[seq], seq))[:_CANDIDATES]
        if not best:
            return
        marked = self.database.text.marked(self.passages, best, words)
        rows = self.database.rows(
            f"SELECT seq, {self.passages.file} AS file, text FROM {self.passages.table} "  # noqa: S608
            f"WHERE seq IN ({_listed(best)})"
        )
        for row in rows:
            yield row, marked.get(row["seq"], ())

    def _passage(self, hit: _Hit) -> Passage:
        file = self.files[hit.row["file"]]
        words = (word.casefold() for word in hit.marked)
        matched = tuple(dict.fromkeys((*words, *hit.pairs)))
        return Passage(file.id, file.name, hit.row["text"], hit.score, file.attributes, matched)


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _distinct(found: list[_Hit]) -> list[_Hit]:
    """Drop a passage whose text was already given: one file may be in two of the stores."""
    return list({hit.row["text"]: hit for hit in reversed(found)}.values())[::-1]
