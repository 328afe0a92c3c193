"""What the manual says, for a person."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from asstctl.manifest.codes import Code
from asstctl.manifest.reference.explain import Explained
from asstctl.manifest.reference.index import Field
from asstctl.text.known_errors import KnownError
from asstctl.text.words import listed
from asstctl.views.terminal import PLAIN, Line, Part, Screen, line, pad, to_text

_MANUAL: Final = "https://github.com/asstctl/asstctl/blob/main"


def render_explained(found: Iterable[Explained], screen: Screen = PLAIN) -> str:
    """One paragraph each."""
    return "\n".join(to_text(_paragraph(item), screen) for item in found)


def _paragraph(item: Explained) -> Iterator[Line | str]:
    if item.diagnostic:
        yield from _diagnostic(item.diagnostic)
    if item.error:
        yield from _error(item.error)
    if item.field:
        yield from _field(item.field, item.below)


def _diagnostic(code: Code) -> Iterator[Line | str]:
    yield line((code.name, "bold"), f"  {code.severity} of the manifests")
    yield line(f"  {code.summary.replace('{}', '…')}", hang=2)
    yield line(f"  {code.cure}", hang=2)


def _error(error: KnownError) -> Iterator[Line | str]:
    yield line((error.code, "bold"), f"  error, exit code {error.exit_code}")
    yield line(f"  {error.says}.", hang=2)
    if error.cure:
        yield line(f"  {error.cure}", hang=2)
    if error.more:
        yield f"  {_MANUAL}/{error.more}"


def _field(field: Field, below: tuple[Field, ...]) -> Iterator[Line | str]:
    kinds = f"  {_words(' or '.join(field.types))}" if field.types else ""
    yield line((field.path, "bold"), kinds)
    if field.meaning:
        yield line(f"  {field.meaning}", hang=2)
    yield from (line(f"  {name} {text}", hang=4) for name, text in _facts(field))
    names = pad([(_below_its_own(field, item),) for item in below])
    for (name,), item in zip(names, below, strict=True):
        parts: list[Part] = [f"    {name}  ", item.meaning.partition(". ")[0].rstrip(".")]
        yield line(*parts, hang=len(name) + 6)


def _facts(field: Field) -> Iterator[tuple[str, str]]:
    if field.default:
        required = field.default.startswith("*")
        yield ("it is", "required") if required else ("default:", _words(field.default))
    if field.apis:
        yield "known to", _apis(field.apis)


def _apis(apis: str) -> str:
    if apis == "all":
        return "every API"
    return f"api: {listed(apis.split(', '))}; to no other"


def _below_its_own(field: Field, inner: Field) -> str:
    return inner.path.removeprefix(f"{field.path}.")


def _words(cell: str) -> str:
    """A cell of the manual without its Markdown."""
    return re.sub(r"`([^`]*)`", r"\1", cell)
