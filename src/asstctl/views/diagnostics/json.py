"""Diagnostics as JSON, ``format_version`` 1.0."""

from collections.abc import Iterable

from asstctl.model.diagnostics import Diagnostic
from asstctl.model.json import JsonObject, JsonValue
from asstctl.views.documents import FORMAT_VERSION


def diagnostics_document(diagnostics: Iterable[Diagnostic]) -> dict[str, JsonValue]:
    """The document that ``validate --format json`` prints."""
    diagnostics = tuple(diagnostics)
    errors = sum(diagnostic.is_error for diagnostic in diagnostics)
    return {
        "format_version": FORMAT_VERSION,
        "valid": errors == 0,
        "diagnostics": [_one(diagnostic) for diagnostic in diagnostics],
        "summary": {"errors": errors, "warnings": len(diagnostics) - errors},
    }


def _one(diagnostic: Diagnostic) -> JsonObject:
    location = diagnostic.location
    return {
        "severity": str(diagnostic.severity),
        "code": diagnostic.code,
        "summary": diagnostic.summary,
        "path": location.path,
        "line": location.line or None,
        "column": location.column or None,
        "detail": diagnostic.detail,
        "fix": diagnostic.fix,
    }
