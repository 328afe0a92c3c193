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

_WORD = re.compile(r"\w+(?:[.,'’]\w+)*")
_MAX_TERMS = 48
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
    """Give the words to search for: without stop words, unless there are no others."""
    words = dict.fromkeys(word.casefold().replace("’", "'") for word in _WORD.findall(query))
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
    words = terms(query)
    files = _files(database, store_ids, accept)
    if not words or not files:
        return ()
    matches = {word: _matching(database, files, word) for word in words}
    weights = _weights(database, files, matches)
    total = sum(weights.values())
    found = []
    for row in _candidates(database, files, words):
        hit = [word for word in words if row["seq"] in matches[word]]
        score = round(sum(weights[word] for word in hit) / total, 6)
        if hit and score >= threshold:
            found.append((score, row))
    found.sort(key=lambda item: (-item[0], -_density(item[1]), item[1]["seq"]))
    return tuple(_passage(row, score, files) for score, row in _distinct(found)[:limit])


def _files(
    database: Database, store_ids: tuple[str, ...], accept: Callable[[Mapping[str, Any]], bool]
) -> dict[int, tuple[str, str, dict[str, Any]]]:
    """Map the rows of searchable files to their id, name and attributes."""
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
            files[row["seq"]] = (row["id"], json.loads(row["file"])["filename"], attributes)
    return files


def _quote(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _scope(files: Mapping[int, object]) -> str:
    return "p.store_file IN (" + ", ".join(str(seq) for seq in files) + ")"


def _matching(database: Database, files: Mapping[int, object], word: str) -> frozenset[int]:
    rows = database.rows(
        "SELECT p.seq FROM passages_text t JOIN passages p ON p.seq = t.rowid "  # noqa: S608 - own numbers
        f"WHERE passages_text MATCH ? AND {_scope(files)}",
        (_quote(word),),
    )
    return frozenset(row["seq"] for row in rows)


def _weights(
    database: Database, files: Mapping[int, object], matches: Mapping[str, frozenset[int]]
) -> dict[str, float]:
    """Weigh each word by how few passages have it; one that none has still asks for its share."""
    row = database.row(f"SELECT count(*) AS n FROM passages p WHERE {_scope(files)}")  # noqa: S608 - own numbers
    count = int(row["n"]) if row else 0
    return {
        word: 1 + math.log(1 + (count - len(hits) + 0.5) / (len(hits) + 0.5)) if hits else 1.0
        for word, hits in matches.items()
    }


def _candidates(
    database: Database, files: Mapping[int, object], words: tuple[str, ...]
) -> list[Row]:
    return database.rows(
        "SELECT p.seq, p.store_file, p.text, "  # noqa: S608 - own numbers
        f"highlight(passages_text, 0, '{_OPEN}', '{_CLOSE}') AS marked "
        "FROM passages_text t JOIN passages p ON p.seq = t.rowid "
        f"WHERE passages_text MATCH ? AND {_scope(files)} ORDER BY bm25(passages_text) LIMIT ?",
        (" OR ".join(_quote(word) for word in words), _CANDIDATES),
    )


def _density(row: Row) -> int:
    return str(row["marked"]).count(_OPEN)


def _distinct(found: list[tuple[float, Row]]) -> list[tuple[float, Row]]:
    """Drop a passage whose text was already given: one file may be in two of the stores."""
    seen: set[str] = set()
    kept = []
    for score, row in found:
        if row["text"] not in seen:
            seen.add(row["text"])
            kept.append((score, row))
    return kept


def _passage(
    row: Row, score: float, files: Mapping[int, tuple[str, str, dict[str, Any]]]
) -> Passage:
    file_id, name, attributes = files[row["store_file"]]
    matched = dict.fromkeys(word.casefold() for word in _MARKED.findall(row["marked"]))
    return Passage(file_id, name, row["text"], score, attributes, tuple(matched))
