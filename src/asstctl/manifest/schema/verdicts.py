"""A validator's errors as values: each with its true path, and those of each shape it tried."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from jsonschema_rs import ValidationError
from jsonschema_rs import ValidationErrorKind as Kind

from asstctl.manifest.schema import schemas
from asstctl.manifest.values import Path, Plain, at

Branch: TypeAlias = Sequence["Verdict"]
"""Why one of several shapes does not fit."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A validator's error, its path as it is in the value, and those of each shape it tried."""

    kind: Kind
    path: Path
    instance: Plain
    location: str
    message: str
    branches: tuple[tuple["Verdict", ...], ...] = ()

    @property
    def holder(self) -> Mapping[str, Any]:
        """The subschema that the value does not satisfy; empty when its place is not known."""
        return schemas.part(self.location) if self.location else {}

    @property
    def options(self) -> list[Plain]:
        """What the value may be, when the schema lists that."""
        match self.kind:
            case Kind.Constant(expected):
                return [cast(Plain, expected)]
            case Kind.Enum(options):
                return cast(list[Plain], options)
        return []


def verdict_of(error: ValidationError, value: Plain) -> Verdict:
    """A validator's error about ``value`` or something in it."""
    context: Sequence[Sequence[ValidationError]] = ()
    if isinstance(error.kind, Kind.AnyOf | Kind.OneOfNotValid):
        context = error.kind.context
    return Verdict(
        kind=error.kind,
        path=true_path(value, error.instance_path),
        instance=cast(Plain, error.instance),
        location=error.absolute_keyword_location or "",
        message=error.message,
        branches=tuple(tuple(verdict_of(e, value) for e in branch) for branch in context),
    )


def true_path(value: Plain, steps: Iterable[str | int]) -> Path:
    """A validator's path in ``value``: it gives a field named "1" as the number 1."""
    path: list[str | int] = []
    for step in steps:
        if isinstance(value, dict):
            name = str(step)
            if name not in value and isinstance(step, int):
                name = next((k for k in value if k.lstrip("+0") == name.lstrip("0")), name)
            path.append(name)
            value = value.get(name)
        else:
            path.append(step)
            value = at(value, step)
    return tuple(path)


def of_other_type(branch: Branch, path: Path) -> bool:
    """Whether a shape takes no value of this type at all."""
    return any(isinstance(e.kind, Kind.Type) and e.path == path for e in branch)


def types_of(branches: Iterable[Branch], path: Path) -> list[str]:
    """The types that shapes would take at ``path``."""
    types: list[str] = []
    for branch in branches:
        for error in branch:
            if error.path == path and isinstance(error.kind, Kind.Type):
                types += error.kind.types
    return types


def only_requires(branch: Branch) -> bool:
    """Whether nothing is wrong but one field that is missing."""
    return len(branch) == 1 and isinstance(branch[0].kind, Kind.Required)


def required_name(branch: Branch) -> str:
    """The name of that field; empty when something else is wrong."""
    kind = branch[0].kind
    return str(kind.property) if isinstance(kind, Kind.Required) else ""


def refused_choice(branch: Branch, path: Path) -> Verdict | None:
    """The verdict that says: this value, or this mapping's ``type``, belongs to another shape."""
    for error in branch:
        if isinstance(error.kind, Kind.Constant | Kind.Enum):
            at = error.path
            if at == path or (at[:-1] == path and at[-1] in {"type", "api"}):
                return error
    return None
