"""The result of an apply as JSON; its schema is ``schemas/report.schema.json``."""

from collections import Counter

from asstctl.model.json import JsonObject, JsonValue
from asstctl.smoke.result import SmokeResult
from asstctl.sync.result import ApplyResult, ChangeResult, Status
from asstctl.views.documents import FORMAT_VERSION, error_document, warning_documents
from asstctl.views.smoke.json import smoke_document


def apply_document(result: ApplyResult, smoke: SmokeResult | None = None) -> dict[str, JsonValue]:
    """The document that ``apply --format json`` prints and ``--report`` writes."""
    counts = Counter(change.status for change in result.changes)
    document: dict[str, JsonValue] = {
        "format_version": FORMAT_VERSION,
        "changes": [_change(change) for change in result.changes],
        "warnings": warning_documents(result.warnings),
        "summary": {str(status): counts[status] for status in Status},
        "interrupted": result.interrupted,
        "more_may_be_left": result.more_may_be_left,
        "bundle": result.bundle,
        "seconds": round(result.seconds, 3),
    }
    if smoke is not None:
        document["smoke"] = smoke_document(smoke)
    return document


def _change(change: ChangeResult) -> JsonObject:
    error = change.error
    return {
        "address": str(change.address),
        "action": str(change.action),
        "status": str(change.status),
        "id": change.id,
        "error": None if error is None else error_document(error),
        "not_kept": list(change.not_kept),
        "extra": list(change.extra),
    }
