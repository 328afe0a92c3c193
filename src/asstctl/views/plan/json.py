"""A plan as JSON, ``format_version`` 1.0; its schema is ``schemas/plan.schema.json``."""

from asstctl.model.json import JsonObject, JsonValue
from asstctl.plan.change import Change
from asstctl.plan.plan import Plan
from asstctl.views.documents import FORMAT_VERSION, warning_documents


def plan_document(plan: Plan) -> dict[str, JsonValue]:
    """The document; equal plans give equal documents."""
    return {
        "format_version": FORMAT_VERSION,
        "project": plan.project,
        "target": plan.target,
        "account": plan.account,
        "commit": plan.commit,
        "changes": [_change(change) for change in plan.changes],
        "warnings": warning_documents(plan.warnings),
        "summary": plan.summary.as_json(),
    }


def _change(change: Change) -> JsonObject:
    return {
        "address": str(change.address),
        "action": str(change.action),
        "reason": change.reason,
        "id": change.id,
        "fields": [
            {"path": field.path, "before": field.before, "after": field.after}
            for field in change.fields
        ],
        "files": [
            {
                "action": str(file.action),
                "path": file.path,
                "sha256": file.sha256,
                "bytes": file.bytes,
                "note": file.note or None,
            }
            for file in change.files
        ],
        "drift": [
            {
                "path": drift.path,
                "applied": drift.applied,
                "actual": drift.actual,
                "desired": drift.desired,
                "conflict": drift.conflict,
                "base": drift.base or None,
            }
            for drift in change.drift
        ],
        "moved_from": str(change.moved_from) if change.moved_from else None,
    }
