"""Finding passages, by words and, where the query has a vector, by meaning.

By words, the database says which have a word, and their share of the question scores them. Its own
rank looks at all stores of the account at once (bm25 comes out near zero in a store of one file) or
at a single passage, so a threshold on it would mean nothing. The score here lies between 0 and 1
and depends on the searched files alone: a passage that has every word of the question scores 1, and
a rare word counts for more than one that stands everywhere. By meaning, the score is the cosine.

Of both, the fused score is that of "one or the other": 1 - (1 - words) · (1 - meaning). It stays
between 0 and 1, a passage that is found both ways comes before one that is found one way, and none
loses by what it lacks. Fusing ranks would say nothing of how good a passage is: the first of ten
useless ones would pass any threshold.
"""

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from asstctl.emulator.store.database import Database, Passages, Row, place_marks
from asstctl.emulator.store.embeddings import similarities
from asstctl.emulator.text import grams

_MAX_TERMS = 96
_CANDIDATES = 400
_LEAST = 0.000001
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
        for part in grams.pairs(word) or (word.lower().replace("’", "'"),)
    )
    kept = [word for word in words if word not in _STOP_WORDS]
    return tuple((kept or list(words))[:_MAX_TERMS])


@dataclass(frozen=True, slots=True)
class Weights:
    """How much words and meaning count, each from 0 (not at all); only their ratio matters."""

    words: float = 1.0
    meaning: float = 1.0

    def fused(self, words: float, meaning: float) -> float:
        """Fuse two scores between 0 and 1 into one: see the module."""
        most = max(self.words, self.meaning)
        missed: float = (1 - words) ** (self.words / most) * (1 - meaning) ** (self.meaning / most)
        return 1 - missed


EQUAL = Weights()
_WORDS = Weights(meaning=0)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a query means: its vector, of the model that made it."""

    model: str
    vector: bytes


def _everything(_: Mapping[str, Any]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Searching:
    """How files are searched.

    ``limit`` is the most passages that it gives, ``threshold`` (0 to 1) the least score, ``accept``
    tells by a file's attributes whether it may be found.
    """

    store_ids: tuple[str, ...]
    limit: int
    threshold: float = 0.0
    accept: Callable[[Mapping[str, Any]], bool] = field(default=_everything)
    weights: Weights = EQUAL


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search found; ``lacks_vectors`` where not all passages could be compared."""

    passages: tuple[Passage, ...] = ()
    lacks_vectors: bool = False


def search(
    database: Database, searching: Searching, query: str, meaning: Meaning | None
) -> Outcome:
    """Give the best passages of the stores' indexed files, best first, always in the same order.

    By words, a score is the share of the words' weights that a passage has: with "Lisbon" in one
    passage of three and "hotel" in all, one with only "Lisbon" scores higher than one with only
    "hotel". Without a meaning, words are all there is, whatever their weight.
    """
    if meaning is None:
        searching = replace(searching, weights=_WORDS)
    files = _stored(database, searching.store_ids, searching.accept)
    return _Index(database, _STORES, files).best(query, searching, meaning)


def search_environment(
    database: Database, environment_id: str, query: str, *, limit: int
) -> tuple[Passage, ...]:
    """Give the best passages of an environment's files, by words alone; paths are their names."""
    rows = database.rows(
        "SELECT seq, path FROM environment_files WHERE environment_id = ? ORDER BY path",
        (environment_id,),
    )
    files = {row["seq"]: _File("", row["path"], {}) for row in rows}
    searching = Searching((), limit, weights=_WORDS)
    return _Index(database, _ENVIRONMENTS, files).best(query, searching, None).passages


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

    def best(self, query: str, searching: Searching, meaning: Meaning | None) -> Outcome:
        """Give the passages with the highest scores, best first."""
        words = terms(query)
        if not self.files or not (words or meaning):
            return Outcome()
        everywhere = self._everywhere()
        matches = self.database.text.matching(self.passages, self.files, words)
        near = self._near(everywhere, meaning)
        scores = _fused(_shares(matches, len(everywhere)), near, searching)
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
        best = tuple(self._passage(hit) for hit in _distinct(found)[: searching.limit])
        return Outcome(best, meaning is not None and len(near) < len(everywhere))

    def _everywhere(self) -> list[int]:
        """Give all passages of the files."""
        rows = self.database.rows(
            f"SELECT seq FROM {self.passages.table} "  # noqa: S608 - own names and numbers
            f"WHERE {self.passages.file} IN ({_listed(self.files)})"
        )
        return [row["seq"] for row in rows]

    def _near(self, passages: Sequence[int], meaning: Meaning | None) -> dict[int, float]:
        if meaning is None:
            return {}
        return similarities(self.database, passages, meaning.model, meaning.vector)

    def _candidates(
        self, scores: Mapping[int, float], words: tuple[str, ...]
    ) -> Iterator[tuple[Row, Sequence[str]]]:
        """Give the passages with the highest scores, and where in them one of the words stands.

        Pairs are told by `_Hit.pairs`: a text has no word that is one.
        """
        best = sorted(scores, key=lambda seq: (-scores[seq], seq))[:_CANDIDATES]
        if not best:
            return
        spaced = [word for word in words if not grams.is_gram(word)]
        marked = self.database.text.marked(self.passages, best, spaced) if spaced else {}
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


def _shares(matches: Mapping[str, frozenset[int]], count: int) -> dict[int, float]:
    """Give the passages' shares of the words' weights.

    A word weighs the more the fewer of all passages have it; one that none has asks for its share.
    """
    weights = {
        word: 1 + math.log(1 + (count - len(hits) + 0.5) / (len(hits) + 0.5)) if hits else 1.0
        for word, hits in matches.items()
    }
    total = sum(weights.values())
    sums: defaultdict[int, float] = defaultdict(float)
    for word, seqs in matches.items():
        for seq in seqs:
            sums[seq] += weights[word]
    return {seq: weight / total for seq, weight in sums.items()}


def _fused(
    shares: Mapping[int, float], near: Mapping[int, float], searching: Searching
) -> dict[int, float]:
    """Give the scores of what was found one way or the other, and well enough."""
    fused = searching.weights.fused
    scores = {
        seq: round(min(1.0, fused(min(1.0, shares.get(seq, 0.0)), near.get(seq, 0.0))), 6)
        for seq in shares.keys() | near.keys()
    }
    least = max(searching.threshold, _LEAST)
    return {seq: score for seq, score in scores.items() if score >= least}


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _distinct(found: list[_Hit]) -> list[_Hit]:
    """Drop a passage whose text was already given: one file may be in two of the stores."""
    return list({hit.row["text"]: hit for hit in reversed(found)}.values())[::-1]
