"""A manifest on its way from an account to a file: fitted to its schema, with comments."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, overload

from asstctl.manifest.deep_merge import difference
from asstctl.manifest.schema.errors import findings
from asstctl.manifest.schema.prune import prune
from asstctl.manifest.schema.schemas import validator
from asstctl.manifest.values import Fields, Path, Plain, at
from asstctl.manifest.wording import named
from asstctl.manifest.writing.headers import header, published
from asstctl.manifest.yaml.hidden import HIDDEN_NAME, hidden_names
from asstctl.manifest.yaml.text import to_yaml
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.stamp import USER_PAIRS
from asstctl.text.printable import printable
from asstctl.text.words import shortened

_LONGEST_QUOTE: Final = 1_000
_ROUNDS: Final = 12
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_NOT_IN_DEFAULTS: Final = ("smoke", "lifecycle")
"""A project's defaults of these are its owner's wish for everything, pulled or not."""


@dataclass(slots=True)
class Draft:
    """A manifest on its way: its fields, what it cannot say, and comments.

    ``comments`` are lines by what they stand above: a field, or a tool by its type.
    """

    value: Fields
    remarks: list[str] = field(default_factory=list)
    comments: dict[str, list[str]] = field(default_factory=dict)

    def put(self, name: str, value: Plain) -> None:
        """Set a field, unless there is nothing to say."""
        if isinstance(value, float) and not math.isfinite(value):
            self.remarks.append(f"{name}: {value} is not a number that JSON can hold.")
        elif value not in (None, "", {}, []):
            self.value[name] = value

    def put_metadata(self, metadata: Mapping[str, str]) -> None:
        """As many pairs as a manifest may have."""
        pairs = list(metadata.items())
        self.put("metadata", dict(pairs[:USER_PAIRS]))
        if len(pairs) > USER_PAIRS:
            rest = _quote(dict(pairs[USER_PAIRS:]))
            self.remarks.append(f"metadata: a manifest has {USER_PAIRS} pairs. The rest was {rest}")

    def fit(self, schema: str) -> None:
        """Prune what the schema does not accept, each with a remark that quotes it.

        What has to go can take more along, as in ``validate``; 12 rounds are more than a manifest
        made here is deep.
        """
        judge = validator(schema)
        value = cleaned(self.value)
        if value != self.value:
            self.remarks.append("halves of characters were replaced by �")
        for _ in range(_ROUNDS):
            found = findings(judge, value)
            if not found:
                break
            for finding in found:
                quote = _quote(at(value, *finding.path))
                detail = finding.detail or finding.fix or finding.code.cure
                self.remarks.append(f"{named(finding.path)}: {detail} It was {quote}")
            value = plain(prune(value, {finding.remove for finding in found}))
        self.value = self._without_hidden_names(value)

    def text(self, schema: str, defaults: Fields) -> str:
        """The YAML of the manifest, to be laid over ``defaults``; remarks stand at its head."""
        head = [header(published(), schema)]
        if self.remarks:
            head += ["", "Left out, since a manifest cannot say it, or it was not to be had:"]
            head += [f"  {printable(remark)}" for remark in self.remarks]
        notes: dict[Path, list[str]] = {
            self._place(about): [printable(line) for line in lines]
            for about, lines in self.comments.items()
        }
        value = difference(defaults, escaped(self.value), but=_NOT_IN_DEFAULTS)
        return to_yaml(value, notes | {(): head})

    def _without_hidden_names(self, value: Fields) -> Fields:
        hidden = set(hidden_names(value))
        for path in sorted(hidden, key=str):
            quote = _quote(at(value, *path))
            self.remarks.append(f"{named(path)}: {HIDDEN_NAME} It was {quote}")
        return plain(prune(value, hidden)) if hidden else value

    def _place(self, about: str) -> Path:
        tools = self.value.get("tools")
        types = [at(tool, "type") for tool in tools] if isinstance(tools, list) else []
        return ("tools", types.index(about)) if about in types else (about,)


def _whole(text: str) -> str:
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


@overload
def cleaned(value: JsonObject) -> Fields: ...
@overload
def cleaned(value: JsonValue) -> Plain: ...
def cleaned(value: JsonValue) -> Plain:
    """``value`` without halves of characters, which no file can hold."""
    match value:
        case str():
            return _whole(value)
        case Mapping():
            return {_whole(key): cleaned(item) for key, item in value.items()}
        case int() | float() | None:
            return value
        case _:
            return [cleaned(item) for item in value]


@overload
def plain(value: JsonObject) -> Fields: ...
@overload
def plain(value: JsonValue) -> Plain: ...
def plain(value: JsonValue) -> Plain:
    """``value`` copied into dicts and lists, whatever mappings and sequences it came in."""
    match value:
        case Mapping():
            return {key: plain(item) for key, item in value.items()}
        case str() | int() | float() | None:
            return value
        case _:
            return [plain(item) for item in value]


@overload
def escaped(value: Fields) -> Fields: ...
@overload
def escaped(value: Plain) -> Plain: ...
def escaped(value: Plain) -> Plain:
    """``value`` with nothing in it that would be taken for a reference."""
    match value:
        case str():
            return value.replace("${", "$${")
        case dict():
            return {key: escaped(item) for key, item in value.items()}
        case list():
            return [escaped(item) for item in value]
        case _:
            return value


def _quote(value: Plain) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return shortened(text, _LONGEST_QUOTE)
