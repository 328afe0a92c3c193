"""The seal of a saved plan: a digest over all of it, so that it cannot be edited unnoticed."""

from collections.abc import Mapping
from typing import Any

from asstctl.model.json import JsonObject, JsonValue, digest
from asstctl.plan.saved.document import FORMAT_VERSION
from asstctl.plan.saved.errors import PlanFileError


def sealed(document: JsonObject) -> dict[str, JsonValue]:
    """The document with its seal."""
    return {**document, "seal": digest(document)}


def open_seal(document: JsonValue) -> Mapping[str, Any]:
    """A saved plan that is ours and untouched. Raises PlanFileError."""
    if not isinstance(document, dict) or "format_version" not in document:
        raise PlanFileError(
            "the file is not a saved plan", fix="Make one with `asstctl plan --out plan.json`."
        )
    if "seal" not in document:
        raise PlanFileError(
            "the plan cannot be applied",
            why="It is a report (`plan --format json`), not a saved plan.",
            fix="Make one with `asstctl plan --out plan.json`.",
        )
    if document["format_version"] != FORMAT_VERSION:
        raise PlanFileError(
            f"the plan has format version {document['format_version']!r}",
            why=f"This asstctl knows version {FORMAT_VERSION} only.",
            fix="Make the plan and apply it with the same version of asstctl.",
        )
    unsealed = {name: value for name, value in document.items() if name != "seal"}
    if digest(unsealed) != document["seal"]:
        raise PlanFileError(
            "the plan was edited after it was saved",
            why="Its seal does not fit its content, so it is not what was reviewed.",
            fix="Make a new plan. To change what it does, change the manifests.",
        )
    return document
