"""The bundle: a project's assistants on one target, as text that is meant to be committed.

Equal content gives equal bytes: two spaces, members in the order of their names (those of a JSON
Schema in the order in which they were written), a final newline, and nothing of the moment.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final

from asstctl.errors import ExitCode
from asstctl.model.address import KEY_PATTERN
from asstctl.model.json import JsonObject, JsonValue
from asstctl.sync.ports import AccountError, Failure

FORMAT: Final = "1.0"
_SCHEMAS: Final = (("request", "tools", "parameters"), ("request", "text", "format", "schema"))
"""The places in an entry, below its key, that hold JSON Schemas."""
_MARKERS: Final = ("<<<<<<< ", "=======", ">>>>>>> ")
_BY_HAND: Final = (
    "Restore it from git, or name another file in the target's `bundle`. Apply writes a bundle "
    "anew that was deleted."
)


class BundleError(AccountError):
    """The file that holds the assistants cannot be read, understood or written."""

    code: ClassVar[str] = "bundle"

    def __init__(self, what: str, *, why: str = "", fix: str = "") -> None:
        super().__init__(what, failure=Failure.INVALID, why=why, fix=fix)


class BundleMovedError(BundleError):
    """The file is not what it was when the plan was made; it was left alone."""

    exit_code: ClassVar[ExitCode] = ExitCode.REFUSED
    code: ClassVar[str] = "bundle-moved"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Entries as JSON objects by the assistants' keys, and the ids of vector stores by theirs."""

    project: str
    assistants: Mapping[str, JsonObject] = field(default_factory=dict)
    vector_stores: Mapping[str, str] = field(default_factory=dict)
    rendered: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Entries as text, by key, as far as that was asked for: an apply writes most of them often."""

    def with_entry(self, key: str, entry: JsonObject, *, instead_of: str) -> "Bundle":
        """This bundle with one more entry, or with one in the place of another."""
        rest = self.without(instead_of).without(key)
        return replace(rest, assistants={**rest.assistants, key: entry})

    def without(self, key: str) -> "Bundle":
        """This bundle without an entry."""
        return replace(
            self,
            assistants={name: item for name, item in self.assistants.items() if name != key},
            rendered={name: text for name, text in self.rendered.items() if name != key},
        )

    def text(self, target: str) -> str:
        """The file, whose ``target`` is for people."""
        entries = ",".join(
            f"\n    {_json(key)}: {self._entry(key)}" for key in sorted(self.assistants)
        )
        rest: JsonObject = {
            "format_version": FORMAT,
            "project": self.project,
            "target": target,
            "vector_stores": self.vector_stores,
        }
        # In the order of names the assistants come first.
        text = f'{{\n  "assistants": {{{entries}\n  }},{_json(rest)[1:]}\n'
        # A lone surrogate has no UTF-8, and its escape in Python is the one in JSON.
        return text.encode("utf-8", "backslashreplace").decode()

    def _entry(self, key: str) -> str:
        """An entry as it stands in the file: no text in JSON has a line break of its own."""
        if key not in self.rendered:
            self.rendered[key] = _json(self.assistants[key]).replace("\n", "\n    ")
        return self.rendered[key]


def read_bundle(data: bytes, path: str) -> Bundle:
    """The bundle in a file; ``path`` names it for people. Raises BundleError."""
    document = _document(data, path)
    version = document.get("format_version")
    if version is None:
        raise BundleError(
            f"{path}: the file is no bundle", why="It has no `format_version`.", fix=_BY_HAND
        )
    if version != FORMAT:
        raise BundleError(
            f"{path}: this asstctl does not know the format of the bundle",
            why=f"`format_version` is {json.dumps(version)}, and it knows {json.dumps(FORMAT)}.",
            fix="Use the version of asstctl that wrote the file, or a newer one.",
        )
    project = document.get("project")
    if not isinstance(project, str):
        raise _misshapen(path, "project", "a name", project)
    return Bundle(project, _entries(document, path), _store_ids(document, path))


def _document(data: bytes, path: str) -> JsonObject:
    try:
        text = data.decode("utf-8-sig")
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    except RecursionError as error:
        raise _unreadable(path, "It is nested too deeply.") from error
    except ValueError as error:
        if _is_conflict(data):
            raise BundleError(
                f"{path}: the bundle is in conflict",
                why="It holds the marks of a merge that was not finished.",
                fix="Take either side whole (`git checkout --ours` or `--theirs`), then apply: "
                "what differs from the manifests is written anew.",
            ) from error
        raise _unreadable(path, f"{error}.") from error
    if not isinstance(document, Mapping):
        raise _misshapen(path, "$", "an object", document)
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise ValueError(f"the name {json.dumps(name)} stands twice in one object")
        members[name] = value
    return members


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


def _is_conflict(data: bytes) -> bool:
    lines = data.decode(errors="replace").splitlines()
    return all(any(line.startswith(mark) for line in lines) for mark in _MARKERS)


def _entries(document: JsonObject, path: str) -> Mapping[str, JsonObject]:
    entries = _object(document, "assistants", path)
    for key, entry in entries.items():
        at = f"assistants.{key}"
        if not KEY_PATTERN.fullmatch(key):
            raise BundleError(
                f"{path}: {json.dumps(key)} is no key of an assistant",
                why="A key is 1 to 64 of a-z 0-9 - _, a letter or digit at both ends.",
                fix=_BY_HAND,
            )
        if not isinstance(entry, Mapping):
            raise _misshapen(path, at, "an object", entry)
        if not isinstance(entry.get("request"), Mapping):
            raise _misshapen(path, f"{at}.request", "an object", entry.get("request"))
    return {key: entry for key, entry in entries.items() if isinstance(entry, Mapping)}


def _store_ids(document: JsonObject, path: str) -> Mapping[str, str]:
    stores = _object(document, "vector_stores", path)
    for key, store_id in stores.items():
        if not isinstance(store_id, str):
            raise _misshapen(path, f"vector_stores.{key}", "an id", store_id)
    return {key: store_id for key, store_id in stores.items() if isinstance(store_id, str)}


def _object(document: JsonObject, name: str, path: str) -> JsonObject:
    value = document.get(name, {})
    if not isinstance(value, Mapping):
        raise _misshapen(path, name, "an object", value)
    return value


def _json(value: JsonValue) -> str:
    return json.dumps(_ordered(value), indent=2, ensure_ascii=False)


def _ordered(value: JsonValue, path: tuple[str, ...] = ()) -> JsonValue:
    """The value with its members in order, down to the JSON Schemas in an entry."""
    if isinstance(value, Mapping):
        names = value if _is_in_schema(path) else sorted(value)
        return {name: _ordered(value[name], (*path, name)) for name in names}
    if isinstance(value, list | tuple):
        return [_ordered(member, path) for member in value]
    return value


def _is_in_schema(path: tuple[str, ...]) -> bool:
    """Whether what stands at a path of an entry, places in lists aside, is or is in a schema."""
    return any(path[: len(place)] == place for place in _SCHEMAS)


def _unreadable(path: str, why: str) -> BundleError:
    return BundleError(f"{path}: the bundle is not JSON", why=why, fix=_BY_HAND)


def _misshapen(path: str, at: str, wanted: str, value: JsonValue) -> BundleError:
    return BundleError(
        f"{path}: the bundle does not have its shape",
        why=f"`{at}` is {_kind(value)}, not {wanted}.",
        fix=_BY_HAND,
    )


def _kind(value: JsonValue) -> str:
    """What a value is, in JSON's words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case str():
            return "a text"
        case int() | float():
            return "a number"
        case Mapping():
            return "an object"
        case _:
            return "a list"
