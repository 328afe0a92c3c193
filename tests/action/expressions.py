"""GitHub's expressions, as far as this repository's action and workflows use them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<op>&&|\|\||==|!=|!|\(|\)|,)|'(?P<text>(?:[^']|'')*)'|(?P<number>\d+)"
    r"|(?P<name>[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*))"
)
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


def interpolate(text: str, contexts: Mapping[str, Any]) -> str:
    """A text with its ``${{ … }}`` replaced."""
    return _EXPRESSION.sub(lambda found: as_text(evaluate(found[1], contexts)), text)


def holds(condition: str | None, contexts: Mapping[str, Any]) -> bool:
    """Whether an ``if:`` lets a step or job run; without a status function it implies success."""
    text = "success()" if condition is None else condition.strip()
    whole = _EXPRESSION.fullmatch(text)
    text = whole[1] if whole else text
    if not re.search(r"\b(success|failure|always|cancelled)\(", text):
        text = f"success() && ({text})"
    return bool(evaluate(text, contexts))


def evaluate(text: str, contexts: Mapping[str, Any]) -> Any:
    """The value of one expression. An unknown name at the top is a mistake, deeper it is null."""
    parser = _Parser(text, contexts)
    value = parser.either()
    assert parser.at_end, f"cannot read {text!r}"
    return value


def as_text(value: Any) -> str:
    """A value inside a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


class _Parser:
    def __init__(self, text: str, contexts: Mapping[str, Any]) -> None:
        self._contexts = contexts
        self._tokens: list[tuple[str, str]] = []
        position = 0
        text = text.rstrip()
        while position < len(text):
            found = _TOKEN.match(text, position)
            assert found is not None, f"cannot read {text[position:]!r}"
            assert found.lastgroup is not None
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            position = found.end()

    @property
    def at_end(self) -> bool:
        return not self._tokens

    def either(self) -> Any:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value or other
        return value

    def _both(self) -> Any:
        value = self._equal()
        while self._take("&&"):
            other = self._equal()
            value = other if value else value
        return value

    def _equal(self) -> Any:
        value = self._not()
        while True:
            if self._take("=="):
                value = _same(value, self._not())
            elif self._take("!="):
                value = not _same(value, self._not())
            else:
                return value

    def _not(self) -> Any:
        return not self._not() if self._take("!") else self._primary()

    def _primary(self) -> Any:
        if self._take("("):
            value = self.either()
            assert self._take(")")
            return value
        kind, text = self._tokens.pop(0)
        if kind == "text":
            return text.replace("''", "'")
        if kind == "number":
            return int(text)
        assert kind == "name", f"unexpected {text!r}"
        return self._call(text) if self._take("(") else self._look_up(text)

    def _call(self, name: str) -> Any:
        arguments = []
        while not self._take(")"):
            arguments.append(self.either())
            self._take(",")
        if name == "format":
            return re.sub(
                r"\{(\d)\}", lambda found: as_text(arguments[int(found[1]) + 1]), arguments[0]
            )
        function: Callable[[], bool] = self._contexts[f"{name}()"]
        return function()

    def _look_up(self, name: str) -> Any:
        if name in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[name]
        first, *rest = name.split(".")
        value = self._contexts[first]
        for part in rest:
            value = value.get(part) if isinstance(value, Mapping) else None
        return value

    def _take(self, operator: str) -> bool:
        if self._tokens and self._tokens[0] == ("op", operator):
            self._tokens.pop(0)
            return True
        return False


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    if type(one) is type(other):
        return bool(one == other)
    return _number(one) == _number(other)


def _number(value: Any) -> float:
    if value is None or value == "":
        return 0.0
    try:
        return float(value)
    except ValueError:
        return float("nan")
