"""What a plan may show: nothing in it, from here on, holds what is sensitive."""

from dataclasses import replace
from typing import Final

from asstctl.model.canonical import CODE_FILES, ENVIRONMENT, STORE_FILES, VECTOR_STORE
from asstctl.model.sensitive import MASK, Sensitive
from asstctl.plan.change import Drift, FieldChange
from asstctl.plan.compare import Comparison

_REFERENCES: Final = frozenset({CODE_FILES, STORE_FILES, VECTOR_STORE, ENVIRONMENT})
"""Fields that hold keys and hashes, which are never masked."""
_FUNCTION: Final = "tools.function."


def masked_comparison(comparison: Comparison, sensitive: Sensitive) -> Comparison:
    """The comparison as it may be shown. Nothing is written from what it shows."""
    return replace(
        comparison,
        fields=masked_fields(comparison.fields, sensitive),
        drift=masked_drift(comparison.drift, sensitive),
    )


def masked_fields(fields: tuple[FieldChange, ...], sensitive: Sensitive) -> tuple[FieldChange, ...]:
    """Field changes as they may be shown; what was there before counts as a secret too."""
    return tuple(_field(field, sensitive) for field in fields)


def masked_drift(drift: tuple[Drift, ...], sensitive: Sensitive) -> tuple[Drift, ...]:
    """Drift as it may be shown; so far as it is known to be sensitive, what others wrote too."""
    return tuple(_drift(edit, sensitive) for edit in drift)


def _field(field: FieldChange, sensitive: Sensitive) -> FieldChange:
    if field.path in _REFERENCES:
        return field
    return FieldChange(
        _path(field.path, sensitive),
        sensitive.beside(field.before, field.after),
        sensitive.value(field.after),
    )


def _drift(drift: Drift, sensitive: Sensitive) -> Drift:
    if drift.path in _REFERENCES:
        return drift
    return replace(
        drift,
        path=_path(drift.path, sensitive),
        applied=sensitive.beside(drift.applied, drift.desired),
        actual=sensitive.beside(drift.actual, drift.desired),
        desired=sensitive.value(drift.desired),
        # A short secret can be found again by its digest.
        base=MASK if drift.base and sensitive.is_in(drift.desired) else drift.base,
    )


def _path(path: str, sensitive: Sensitive) -> str:
    """A function's name is the one value that is part of a path."""
    if not path.startswith(_FUNCTION):
        return path
    name, dot, rest = path.removeprefix(_FUNCTION).partition(".")
    return f"{_FUNCTION}{sensitive.text(name)}{dot}{rest}"
