"""``${var.x}``, ``${env.X}`` and ``${target.name}`` in any text; ``$${`` is a plain ``${``.

In a smoke case that is made of data there are ``${case.x}`` and ``${matrix.x}`` too.
"""

import json
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from asstctl.manifest import codes
from asstctl.manifest.codes import Code
from asstctl.manifest.problems import Rejected, Span
from asstctl.manifest.values import Fields, Path, Plain
from asstctl.model.sensitive import MASK, NOTHING, Sensitive
from asstctl.model.suggestions import did_you_mean
from asstctl.text.words import listed, shortened

_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}\r\n]*)\}|\$\{")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Replaced:
    """A text whose references were replaced.

    ``secrets`` are the values that came from the environment; ``shown`` is the text without them.
    """

    text: str
    shown: str
    secrets: frozenset[str] = frozenset()


def environment_names(text: str) -> tuple[str, ...]:
    """The environment variables that ``text`` refers to, each once."""
    return tuple(dict.fromkeys(names_in(text, "env")))


_IN_FILES = re.compile(
    r"(?<!\$)\$\{\s*(?:(?:var|env|(?P<data>case|matrix))\.[^{}\s]+|target\.name)\s*\}"
)


def references_in(text: str, data: Container[str] = ()) -> Iterator[tuple[int, str]]:
    """Offset and text of each reference in a file that is not rendered, the first of equal ones.

    Those to rows and choices count where there are some: where ``data`` has their first word.
    """
    seen: set[str] = set()
    for match in _IN_FILES.finditer(text):
        if match[0] not in seen and (match["data"] is None or match["data"] in data):
            seen.add(match[0])
            yield match.start(), match[0]


class Unknown(Exception):  # noqa: N818 - an answer: not an error, and not a value either
    """The text needs an environment variable that only another target has."""


_WHERE_DATA: Final = {
    "case": (
        "It stands for a column of a smoke case's file, and this is no text of such a case.",
        "Write it in a smoke case that has `cases: {file: …}`.",
    ),
    "matrix": (
        "It stands for a value of a smoke case's matrix, and this is no text of such a case.",
        "Write it in a smoke case that has a `matrix`.",
    ),
}
"""Why a reference to data cannot be where there is none, and where it can."""


@dataclass(frozen=True, slots=True)
class Data:
    """Values that references can name, and the verdict on a name that they do not have."""

    fields: Fields
    code: Code
    detail: str
    cure: str = ""

    def value(self, name: str) -> Plain:
        """The value of this name. Raises Rejected."""
        if name not in self.fields:
            fix = did_you_mean(name, self.fields) or self.cure
            raise Rejected(self.code, shortened(name), detail=self.detail, fix=fix)
        return self.fields[name]

    def text(self, name: str) -> str:
        """The value inside a text. Raises Rejected."""
        return as_text(self.value(name))


def as_text(value: Plain) -> str:
    """A value inside a text: what is no text itself is written as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """What references stand for.

    ``variables`` is None where only the environment may be used; ``broken`` are variables whose own
    references failed, which was reported. A ``lenient`` scope is that of a target that is not in
    use: an unset environment variable there is no error, and the text stays Unknown. ``data`` is
    what a smoke case is made of, by the first word of references to it.
    """

    environ: Mapping[str, str]
    variables: Mapping[str, Replaced] | None = None
    target: str | None = None
    lenient: bool = False
    broken: frozenset[str] = frozenset()
    data: Mapping[str, Data] = field(default_factory=dict)

    def value(self, text: str) -> tuple[Plain, Replaced]:
        """What ``text`` becomes: another text, or the one value of ``data`` that it refers to.

        A text in which a reference is not alone stays a text. Raises Rejected and Unknown.
        """
        replaced = self.replace(text)
        match = _REFERENCE.fullmatch(text)
        space, name = _name_in(match) if match else ("", "")
        return (self.data[space].value(name) if space in self.data else replaced.text), replaced

    def replace(self, text: str) -> Replaced:
        """``text`` with its references replaced. Raises Rejected and Unknown."""
        parts: list[Replaced] = []
        unknown: Unknown | None = None
        end = 0
        for match in _REFERENCE.finditer(text):
            parts.append(_plain(text[end : match.start()]))
            end = match.end()
            try:
                parts.append(self._substitute(match))
            except Unknown as error:
                unknown = error
        if unknown is not None:
            raise unknown
        return _joined([*parts, _plain(text[end:])])

    def _substitute(self, match: re.Match[str]) -> Replaced:
        if match[0] == "$${":
            return _plain("${")
        if match[1] is None:
            raise Rejected(codes.BAD_REFERENCE, "${", detail="No } closes it on the same line.")
        space, rest = _name_in(match)
        match space:
            case "var" if rest:
                return self._variable(rest)
            case "env" if _ENV_NAME.fullmatch(rest):
                value = self._environment(rest)
                return Replaced(value, MASK, frozenset({value} - {""}))
            case "target" if rest == "name" and self.target is not None:
                return _plain(self.target)
            case "target" if rest == "name" and self.lenient:
                raise Unknown
            case _ if space in self.data:
                return _plain(self.data[space].text(rest))
        detail, fix = _WHERE_DATA.get(space) or (self._known(), "")
        raise Rejected(codes.BAD_REFERENCE, shortened(match[0]), detail=detail, fix=fix)

    def _known(self) -> str:
        known = ["${var.NAME}", "${env.NAME}", "${target.name}"]
        known += [f"${{{space}.NAME}}" for space in self.data]
        if self.variables is None:
            known = ["${env.NAME}"]
        return f"Only {listed(known, 'and')} can be used here."

    def _variable(self, name: str) -> Replaced:
        if self.variables is None:
            detail = "Variables cannot be used here, only ${env.NAME}."
            raise Rejected(codes.BAD_REFERENCE, f"${{var.{shortened(name)}}}", detail=detail)
        if name in self.broken:
            raise Unknown
        if name not in self.variables:
            detail = f"`vars` has no {shortened(name)}."
            if not self.variables:
                detail = "The project has no vars."
            raise Rejected(
                codes.UNKNOWN_VARIABLE,
                shortened(name),
                detail=detail,
                fix=did_you_mean(name, self.variables),
            )
        return self.variables[name]

    def _environment(self, name: str) -> str:
        value = self.environ.get(name)
        if value is None:
            if self.lenient:
                raise Unknown
            raise Rejected(codes.UNSET_VARIABLE, name)
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Rejected(
                codes.UNSET_VARIABLE, name, detail="Its value is not UTF-8 text."
            ) from None
        return value


def _name_in(match: re.Match[str]) -> tuple[str, str]:
    """The first word of a reference, and the name after it."""
    space, _, name = (match[1] or "").strip().partition(".")
    return space, name


def names_in(value: Plain, space: str) -> Iterator[str]:
    """The names after ``space`` in each reference of any text of a value."""
    if isinstance(value, str):
        found = map(_name_in, _REFERENCE.finditer(value))
        yield from (name for first, name in found if first == space)
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from names_in(item, space)


def secrets_in(text: str, scope: Scope) -> Iterator[tuple[int, int]]:
    """Offset and length of each reference in a text that stands for what is secret."""
    for match in _REFERENCE.finditer(text):
        try:
            if scope.replace(match[0]).secrets:
                yield match.start(), len(match[0])
        except (Rejected, Unknown):
            continue


NO_SCOPE = Scope({})
"""Where nothing but an unset environment stands behind references."""

_WORTH_HIDING = 8


@dataclass(slots=True)
class Replacements:
    """What ``scope`` put into one document in place of references.

    ``written`` has for each text that came about what was written instead; ``sensitive`` are the
    secrets among them. ``from_environment`` are the fields that hold some, with the place in
    another file where the field names one.
    """

    scope: Scope = NO_SCOPE
    written: dict[str, str] = field(default_factory=dict)
    sensitive: Sensitive = NOTHING
    from_environment: list[tuple[Path, Span | None]] = field(default_factory=list)

    def note(self, raw: str, replaced: Replaced) -> None:
        """Take note of a text whose references were replaced."""
        self.written[replaced.text] = raw

    def note_secrets(self, replaced: Replaced, path: Path, span: Span | None = None) -> None:
        """Take note of what came from the environment into the field at ``path``."""
        if replaced.secrets:
            self.sensitive |= Sensitive(replaced.secrets, {replaced.text: replaced.shown})
            self.from_environment.append((path, span))

    def as_written(self, text: str) -> str:
        """``text``, with what was written in place of every text that came about."""
        for value, raw in self.written.items():
            if text == value:
                return raw
            if len(value) >= _WORTH_HIDING:
                for form in (value, shortened(value), shortened(value, 40)):
                    text = text.replace(form, raw)
            else:
                text = text.replace(f'"{value}"', f'"{raw}"')
        return text


def _plain(text: str) -> Replaced:
    return Replaced(text, text)


def _joined(parts: Iterable[Replaced]) -> Replaced:
    parts = tuple(parts)
    return Replaced(
        "".join(part.text for part in parts),
        "".join(part.shown for part in parts),
        frozenset().union(*(part.secrets for part in parts)),
    )


def faults(text: str, scope: Scope) -> Iterator[tuple[int, int, Rejected]]:
    """Offset, length and verdict of each reference in a text that cannot be replaced."""
    for match in _REFERENCE.finditer(text):
        try:
            scope.replace(match[0])
        except Rejected as rejected:
            yield match.start(), len(match[0]), rejected
        except Unknown:
            continue


Report = Callable[[Path, Rejected | None], None]
"""Called for each text that keeps its references: with a verdict, or None when it is unknown."""
Note = Callable[[Path, str, Replaced], None]
"""Called for each text that was replaced, with its place and what was written there."""


def interpolate(
    value: Plain,
    scope: Scope,
    report: Report,
    path: Path = (),
    note: Note | None = None,
    *,
    but: Callable[[Path], bool] = lambda path: False,
) -> Plain:
    """``value`` with the references in all of its texts replaced; field names stay.

    ``path`` is where the value stands. A text with a reference that cannot be replaced stays as it
    is; ``report`` is called for it, ``note`` for each text that was replaced. So does a text at a
    place that ``but`` names.
    """
    if isinstance(value, dict):
        return {
            key: interpolate(item, scope, report, (*path, key), note, but=but)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [
            interpolate(item, scope, report, (*path, i), note, but=but)
            for i, item in enumerate(value)
        ]
    if not isinstance(value, str) or "${" not in value or but(path):
        return value
    try:
        result, replaced = scope.value(value)
    except Rejected as rejected:
        report(path, rejected)
    except Unknown:
        report(path, None)
    else:
        if note is not None:
            note(path, value, replaced)
        return result
    return value
