"""Diagnostics as GitLab's code quality report."""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from asstctl.model.diagnostics import Diagnostic, Severity
from asstctl.model.json import JsonObject
from asstctl.text.printable import printable

_SEVERITIES: Final = {Severity.ERROR: "major", Severity.WARNING: "minor"}


def gitlab_document(diagnostics: Iterable[Diagnostic]) -> list[JsonObject]:
    """The report: a list of issues, each known again by its fingerprint."""
    return [_issue(diagnostic) for diagnostic in diagnostics]


def _issue(diagnostic: Diagnostic) -> JsonObject:
    location = diagnostic.location
    parts = (diagnostic.summary + ".", diagnostic.detail, diagnostic.fix)
    identity = [location.path, location.line, location.column, diagnostic.code, diagnostic.summary]
    return {
        "check_name": diagnostic.code,
        "description": printable(" ".join(filter(None, parts))),
        "fingerprint": sha256(json.dumps(identity).encode()).hexdigest(),
        "severity": _SEVERITIES[diagnostic.severity],
        "location": {"path": location.path, "lines": {"begin": max(location.line, 1)}},
    }
