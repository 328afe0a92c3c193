"""The checks of an account as JSON; the schema is ``schemas/doctor.schema.json``."""

from asstctl.model.json import JsonValue
from asstctl.sync.doctor.check import Checkup, Verdict
from asstctl.views.documents import FORMAT_VERSION


def checks_document(checkup: Checkup) -> dict[str, JsonValue]:
    """The document that ``doctor --format json`` prints."""
    server = checkup.server
    return {
        "format_version": FORMAT_VERSION,
        "target": checkup.target,
        "apis": [
            {"api": spoken.api, "answers": spoken.answers, "found": spoken.found or None}
            for spoken in (server.apis if server else ())
        ],
        "use": server.fitting(checkup.api) if server else None,
        "checks": [
            {
                "name": check.name,
                "verdict": str(check.verdict),
                "found": check.found,
                "fix": check.fix or None,
            }
            for check in checkup.checks
        ],
        "healthy": all(check.verdict is not Verdict.FAILED for check in checkup.checks),
    }
