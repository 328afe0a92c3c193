"""Finding passages: FTS5 picks the candidates, their share of the question's words scores them.

SQLite's own bm25 looks at all stores of the account at once and comes out near zero in a store of
one file, so a threshold on it would mean nothing. The score here lies between 0 and 1 and depends
on the searched files alone: a passage that has every word of the question scores 1, and a rare
word counts for more than one that stands everywhere.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from asstctl.emulator.store.database import Database, Row
from asstctl.emulator.text import grams

_MAX_TERMS = 96
_CANDIDATES = 400
_OPEN, _CLOSE = "\x02", "\x03"
_MARKED = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")

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
class _Tables:
    """Where passages are, and which of their columns says of what file they are."""

    passages: str
    text: str
    file: str


_STORES = _Tables("passages", "passages_text", "store_file")
_ENVIRONMENTS = _Tables("environment_passages", "environment_passages_text", "environment_file")


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
    marks = ", ".join("?" for _ in store_ids)
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


def _quote(word: str) -> str:
    quoted = '"' + grams.spelled(word).replace('"', '""') + '"'
    # A single character finds every pair that begins with it.
    return quoted + "*" if len(word) == 1 and grams.is_gram(word) else quoted


@dataclass(frozen=True, slots=True)
class _Hit:
    """A passage that was found, and the pairs of characters that were found in it."""

    score: float
    row: Row
    pairs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Index:
    """The passages of some files: those of the rows that ``files`` maps."""

    database: Database
    tables: _Tables
    files: Mapping[int, _File]

    def best(self, words: tuple[str, ...], limit: int, threshold: float) -> tuple[Passage, ...]:
        """Give the passages with the highest scores, best first."""
        if not words or not self.files:
            return ()
        matches = {word: self._matching(word) for word in words}
        weights = self._weights(matches)
        total = sum(weights.values())
        found = []
        for row in self._candidates(words):
            hit = [word for word in words if row["seq"] in matches[word]]
            score = round(sum(weights[word] for word in hit) / total, 6)
            if hit and score >= threshold:
                found.append(_Hit(score, row, tuple(filter(grams.is_gram, hit))))
        found.sort(key=lambda hit: (-hit.score, -_density(hit.row), hit.row["seq"]))
        return tuple(self._passage(hit) for hit in _distinct(found)[:limit])

    @property
    def _scope(self) -> str:
        return f"p.{self.tables.file} IN (" + ", ".join(str(seq) for seq in self.files) + ")"

    @property
    def _joined(self) -> str:
        return f"{self.tables.text} t JOIN {self.tables.passages} p ON p.seq = t.rowid"

    def _matching(self, word: str) -> frozenset[int]:
        rows = self.database.rows(
            f"SELECT p.seq FROM {self._joined} "  # noqa: S608 - own names and numbers
            f"WHERE {self.tables.text} MATCH ? AND {self._scope}",
            (_quote(word),),
        )
        return frozenset(row["seq"] for row in rows)

    def _weights(self, matches: Mapping[str, frozenset[int]]) -> dict[str, float]:
        """Weigh each word by how few passages have it; one that none has asks for its share."""
        sql = f"SELECT count(*) AS n FROM {self.tables.passages} p WHERE {self._scope}"  # noqa: S608
        row = self.database.row(sql)
        count = int(row["n"]) if row else 0
        return {
            word: 1 + math.log(1 + (count - len(hits) + 0.5) / (len(hits) + 0.5)) if hits else 1.0
            for word, hits in matches.items()
        }

    def _candidates(self, words: tuple[str, ...]) -> list[Row]:
        text = self.tables.text
        return self.database.rows(
            f"SELECT p.seq, p.{self.tables.file} AS file, p.text, "  # noqa: S608 - own names
            f"highlight({text}, 0, '{_OPEN}', '{_CLOSE}') AS marked FROM {self._joined} "
            f"WHERE {text} MATCH ? AND {self._scope} ORDER BY bm25({text}) LIMIT ?",
            (" OR ".join(_quote(word) for word in words), _CANDIDATES),
        )

    def _passage(self, hit: _Hit) -> Passage:
        file = self.files[hit.row["file"]]
        words = (word.casefold() for word in _MARKED.findall(hit.row["marked"]))
        matched = tuple(dict.fromkeys((*words, *hit.pairs)))
        return Passage(file.id, file.name, hit.row["text"], hit.score, file.attributes, matched)


def _density(row: Row) -> int:
    return str(row["marked"]).count(_OPEN)


def _distinct(found: list[_Hit]) -> list[_Hit]:
    """Drop a passage whose text was already given: one file may be in two of the stores."""
    return list({hit.row["text"]: hit for hit in reversed(found)}.values())[::-1]
