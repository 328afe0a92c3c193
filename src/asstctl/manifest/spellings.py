"""Fields with two spellings: ``reasoning.effort`` is ``reasoning_effort``, ``text.format`` is
``response_format``. A document may use either; what comes of it has one name.
"""

from collections.abc import Iterator
from typing import Final

from asstctl.manifest import codes
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.schema.prune import prune
from asstctl.manifest.values import Fields, Path, at
from asstctl.manifest.wording import named

_SPELLINGS: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    (("reasoning_effort",), ("reasoning", "effort")),
    (("response_format",), ("text", "format")),
)
"""The two spellings of a field, the first of which is its name."""
_NESTED: Final = "response_format.json_schema"
"""What ``text.format`` says beside its ``type`` stands there."""


def place_of(value: Fields, name: str) -> Path:
    """Where a document says the field of a dotted ``name``, or else would say it."""
    path: Path = tuple(name.split("."))
    for first, second in _SPELLINGS:
        if first == path and at(value, *path) is None and at(value, *second) is not None:
            return second
    return path


def without_other_spellings(base: Fields, over: Fields) -> Fields:
    """``base`` without the fields that ``over``, to be laid on it, spells in another way."""
    for spellings in _SPELLINGS:
        for one, other in (spellings, spellings[::-1]):
            if _says(over, one) and _says(base, other):
                base = prune(base, {other})
    return base


def report_doubled(reporter: Reporter, value: Fields) -> None:
    """Report each field that a document says in both spellings, at the second."""
    for spellings in _SPELLINGS:
        if all(at(value, *path) is not None for path in spellings):
            report_second(reporter, *spellings)


def report_second(reporter: Reporter, *paths: Path) -> None:
    """Report that the fields at two paths say the same thing, at the one that stands second."""
    first, second = sorted(paths, key=lambda path: reporter.provenance.key_span(path).location)
    detail = f"{named(first)} says the same thing."
    reporter.report(codes.CONFLICTING_FIELDS, second, named(second), detail=detail, at_key=True)


def names_of(written: str) -> Iterator[str]:
    """The names of the fields that a dotted path in a manifest stands for."""
    for first, second in _SPELLINGS:
        name, spelled = ".".join(first), ".".join(second)
        if written == second[0]:
            yield name  # and what else is below it
        elif written == spelled or written == f"{spelled}.type":
            yield written.replace(spelled, name)
            return
        elif written.startswith(f"{spelled}."):
            yield written.replace(spelled, _NESTED)
            return
    yield written


def _says(value: Fields, path: Path) -> bool:
    holder = at(value, *path[:-1])
    return isinstance(holder, dict) and path[-1] in holder
