"""What is managed as JSON; the schema is ``schemas/status.schema.json``."""

from asstctl.model.json import JsonObject, JsonValue
from asstctl.plan.action import Action
from asstctl.plan.change import Change
from asstctl.plan.plan import Plan
from asstctl.views.documents import FORMAT_VERSION, warning_documents


def status_document(plan: Plan) -> dict[str, JsonValue]:
    """Every resource with id, digest, commit and state."""
    return {
        "format_version": FORMAT_VERSION,
        "project": plan.project,
        "target": plan.target,
        "account": plan.account,
        "resources": [_resource(change) for change in plan.changes],
        "warnings": warning_documents(plan.warnings),
    }


def _resource(change: Change) -> JsonObject:
    stamp = change.actual.stamp if change.actual else None
    return {
        "address": str(change.address),
        "id": change.id,
        "digest": stamp.digest if stamp else None,
        "commit": stamp.commit if stamp else None,
        "state": str(change.state),
        "in_sync": change.action is Action.NOOP,
    }
