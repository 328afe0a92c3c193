"""Fields that several kinds of documents share."""

import re
from collections.abc import Iterable, Mapping

from asstctl.manifest import codes
from asstctl.manifest.document import Document
from asstctl.manifest.files.finder import NO_DATA, FileFinder
from asstctl.manifest.interpolate import Data
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.schema import types
from asstctl.manifest.schema.prune import indexed
from asstctl.manifest.spellings import names_of
from asstctl.manifest.values import Path
from asstctl.manifest.wording import named
from asstctl.model.address import KEY_PATTERN
from asstctl.model.canonical import PROTECT
from asstctl.model.desired import Lifecycle
from asstctl.model.file import LocalFile
from asstctl.model.suggestions import did_you_mean
from asstctl.text.words import shortened

MAX_CODE_FILES = 20
"""How many files the API gives to one code_interpreter."""


def key_of(
    reporter: Reporter,
    value: types.Assistant | types.VectorStore | types.Environment,
    document: Document,
) -> str | None:
    """A document's key: its own, or the stem of the file that holds it alone."""
    key = value.get("key")
    if isinstance(key, str):
        return key if KEY_PATTERN.fullmatch(key) else None  # else the schema has said so
    if "key" in document.value:
        return None
    stem = document.stem
    if not document.alone:
        detail = "The file holds several documents: its name cannot be the key of each."
        reporter.report(codes.KEY_NEEDED, (), detail=detail)
        return None
    if KEY_PATTERN.fullmatch(stem):
        return stem
    suggestion = re.sub(r"[^a-z0-9_-]+", "-", stem.lower()).strip("-_")[:64].strip("-_")
    reporter.report(
        codes.BAD_KEY,
        (),
        shortened(stem),
        detail="Without a `key` the file's name is the key, and this one cannot be.",
        fix=f"Write `key: {suggestion or 'some-name'}`, or rename the file.",
    )
    return None


def lifecycle_of(
    reporter: Reporter, value: types.Lifecycle | None, fields: Iterable[str]
) -> Lifecycle:
    """The ``lifecycle`` of a document; ``fields`` are the paths that a plan compares."""
    value = value or {}
    known = tuple(dict.fromkeys(name.split(".")[0] for name in fields if name != PROTECT))
    names: list[str] = []
    for i, name in indexed(value.get("ignore_changes") or []):
        if name.split(".")[0] in known:
            names.extend(names_of(name))
            continue
        reporter.report(
            codes.UNKNOWN_FIELD,
            ("lifecycle", "ignore_changes", i),
            shortened(name),
            detail="ignore_changes names fields that asstctl would change, and this is none.",
            fix=did_you_mean(name, known) or f"There are {', '.join(known)}.",
        )
    return Lifecycle(
        protect=bool(value.get("protect", False)), ignore_changes=tuple(dict.fromkeys(names))
    )


def code_files(finder: FileFinder, patterns: list[str], path: Path) -> tuple[LocalFile, ...]:
    """The files that a code_interpreter is given, each once, sorted; ``path`` leads to them."""
    files: dict[str, LocalFile] = {}
    for i, pattern in indexed(patterns):
        for file in finder.uploads(pattern, join(path, i)):
            files[file.path] = file
    if len(files) > MAX_CODE_FILES:
        detail = f"They name {len(files)} files; {MAX_CODE_FILES} are allowed."
        finder.reporter.report(codes.TOO_MANY, path, "files", detail=detail, at_key=True)
    return tuple(files[name] for name in sorted(files))


def as_float(value: float | None) -> float | None:
    """A number as the model holds it."""
    return None if value is None else float(value)


def join(path: Path, *steps: str | int) -> Path:
    """A path that goes on."""
    return (*path, *steps)


def text_in_file(
    finder: FileFinder,
    value: types.FileReference,
    field: Path,
    limit: int,
    data: Mapping[str, Data] = NO_DATA,
) -> str | None:
    """The text, ``limit`` characters at most, that a field takes from a file.

    ``data`` is what references to a smoke case's row and choices stand for in a file that is
    rendered. None when the text cannot be had, which is reported.
    """
    path, render = join(field, "file"), value.get("render", False)
    source = finder.text(value["file"], path, render=render, data=data)
    if source is None:
        return None
    text = finder.rendered_text(source, path, data) if render else source.text
    if text is None:
        return None
    length, name = len(text), named(field)
    if length > limit:
        detail = f"{source.path} has {length:,} characters; {limit:,} are allowed."
        finder.reporter.report(codes.TOO_LONG, path, name, detail=detail)
    if not text.strip():
        detail = f"Some text is needed for {name}."
        finder.reporter.report(codes.EMPTY_FILE, path, source.path, detail=detail)
    return text
