"""The checks of an account as JSON; the schema is ``schemas/doctor.schema.json``."""

from collections.abc import Iterable

from asstctl.model.json import JsonValue
from asstctl.sync.doctor.check import Check, Verdict
from asstctl.views.documents import FORMAT_VERSION


def checks_document(checks: Iterable[Check], target: str) -> dict[str, JsonValue]:
    """The document that ``doctor --format json`` prints."""
    checks = tuple(checks)
    return {
        "format_version": FORMAT_VERSION,
        "target": target,
        "checks": [
            {
                "name": check.name,
                "verdict": str(check.verdict),
                "found": check.found,
                "fix": check.fix or None,
            }
            for check in checks
        ],
        "healthy": all(check.verdict is not Verdict.FAILED for check in checks),
    }
