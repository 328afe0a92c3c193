"""What is managed, for machines: JSON, or environment variables for applications."""

import re
from collections.abc import Iterator
from typing import Final

from asstctl.model.address import Address, Kind
from asstctl.model.json import JsonObject, JsonValue
from asstctl.plan.action import Action
from asstctl.plan.change import Change
from asstctl.plan.plan import Plan
from asstctl.views.status_human import state_of
from asstctl.views.warnings import warning_documents

FORMAT_VERSION: Final = "1.0"


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


def render_env(plan: Plan) -> str:
    """``ASSTCTL_TRAVEL_GUIDE_ID=asst_…``, one line per object that exists."""
    return "".join(f"{name}={object_id}\n" for name, object_id in _variables(plan))


def variable(address: Address) -> str:
    """The name of the environment variable that holds an object's id."""
    key = re.sub(r"[^A-Z0-9]", "_", address.key.upper())
    suffix = "VECTOR_STORE_ID" if address.kind is Kind.VECTOR_STORE else "ID"
    return f"ASSTCTL_{key}_{suffix}"


def _variables(plan: Plan) -> Iterator[tuple[str, str]]:
    for change in plan.changes:
        if change.id and change.desired is not None:
            yield variable(change.address), change.id


def _resource(change: Change) -> JsonObject:
    stamp = change.actual.stamp if change.actual else None
    return {
        "address": str(change.address),
        "id": change.id,
        "digest": stamp.digest if stamp else None,
        "commit": stamp.commit if stamp else None,
        "state": state_of(change)[0],
        "in_sync": change.action is Action.NOOP,
    }
