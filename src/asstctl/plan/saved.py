"""Saved plans: bound to the account, the manifests and the objects that they were computed from.

A saved plan is the plan document with a binding and a seal. Applying it computes the plan once
more and refuses when anything that it rests on has moved since: what runs is what was reviewed.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from asstctl.errors import RefusedError
from asstctl.model.actual import Actual, ActualResource
from asstctl.model.address import Address
from asstctl.model.canonical import spec_digest
from asstctl.model.desired import Contents
from asstctl.model.json import JsonObject, JsonValue, canonical_json, digest
from asstctl.plan.action import Action
from asstctl.plan.comparable import canonical_desired
from asstctl.plan.plan import Plan
from asstctl.plan.scope import PlanOptions

FORMAT_VERSION: Final = "1.0"
_TELLING: Final = ("address", "action", "id", "fields", "files", "drift", "moved_from")
"""What must be equal for two changes to be the same; reasons and notes are for the reader only."""


class PlanFileError(RefusedError):
    """The file cannot be taken for a plan that asstctl saved."""

    code: ClassVar[str] = "plan-file"


class StalePlanError(RefusedError):
    """What the saved plan was computed from has moved."""

    code: ClassVar[str] = "stale-plan"


class AppliedPlanError(RefusedError):
    """The saved plan was applied before."""

    code: ClassVar[str] = "applied-plan"


def seal(
    document: JsonObject, plan: Plan, contents: Contents, actual: Actual, options: PlanOptions
) -> dict[str, JsonValue]:
    """The plan document with what binds it, and a digest over all of it."""
    binding: dict[str, JsonValue] = {
        "options": {
            "prune": options.prune,
            "overwrite_drift": options.overwrite_drift,
            "only": list(options.only),
            "within": None if options.within is None else sorted(map(str, options.within)),
        },
        "manifests": _manifests(plan, contents),
        "files": _files(contents),
        "objects": _objects(actual),
    }
    bound: dict[str, JsonValue] = {**document, "binding": binding}
    return {**bound, "seal": digest(bound)}


def open_seal(document: JsonValue) -> Mapping[str, Any]:
    """A saved plan that is ours and untouched. Raises PlanFileError."""
    if not isinstance(document, dict) or "format_version" not in document:
        raise PlanFileError(
            "the file is not a saved plan", fix="Make one with `asstctl plan --out plan.json`."
        )
    if document["format_version"] != FORMAT_VERSION:
        raise PlanFileError(
            f"the plan has format version {document['format_version']!r}",
            why=f"This asstctl knows version {FORMAT_VERSION} only.",
            fix="Make the plan and apply it with the same version of asstctl.",
        )
    if "seal" not in document or "binding" not in document:
        raise PlanFileError(
            "the plan cannot be applied",
            why="It is a report (`plan --format json`), not a saved plan.",
            fix="Make one with `asstctl plan --out plan.json`.",
        )
    unsealed = {name: value for name, value in document.items() if name != "seal"}
    if digest(unsealed) != document["seal"]:
        raise PlanFileError(
            "the plan was edited after it was saved",
            why="Its seal does not fit its content, so it is not what was reviewed.",
            fix="Make a new plan. To change what it does, change the manifests.",
        )
    return document


def options_of(saved: Mapping[str, Any]) -> PlanOptions:
    """The options with which the plan was made."""
    options = saved["binding"]["options"]
    return PlanOptions(
        prune=options["prune"],
        overwrite_drift=options["overwrite_drift"],
        only=tuple(options["only"]),
        within=None
        if options["within"] is None
        else frozenset(map(Address.parse, options["within"])),
    )


def raise_if_elsewhere(saved: Mapping[str, Any], project: str, target: str) -> None:
    """Refuse a plan that was made for another project or target. Raises StalePlanError."""
    for word, theirs, ours in (
        ("project", saved["project"], project),
        ("target", saved["target"], target),
    ):
        if theirs != ours:
            raise StalePlanError(
                f"the plan was made for the {word} {theirs!r}, and this is {ours!r}",
                fix=f"Choose that {word}, or make a new plan for this one.",
            )


def raise_if_stale(
    saved: Mapping[str, Any],
    document: JsonObject,
    plan: Plan,
    contents: Contents,
    actual: Actual,
) -> None:
    """Refuse unless computing the plan once more gives the same plan from the same things.

    ``document`` is the plan document of ``plan``, which was computed just now. Raises
    StalePlanError or AppliedPlanError, saying which of the things has moved.
    """
    binding = saved["binding"]
    if saved["account"] != actual.account:
        raise StalePlanError(
            f"the plan was made for {saved['account']}, and this is {actual.account}",
            fix="Make a new plan.",
        )
    _raise_if_applied(saved, plan, actual)
    _raise_if_moved(
        "these files changed since the plan was made",
        _differing(binding["files"], _files(contents)),
    )
    _raise_if_moved(
        "these manifests changed since the plan was made",
        _differing(binding["manifests"], _manifests(plan, contents)),
    )
    touched = {
        change["address"] for change in saved["changes"] if Action(change["action"]).writes
    } | {change["moved_from"] for change in saved["changes"] if change["moved_from"] is not None}
    objects = _objects(actual)
    _raise_if_moved(
        "these objects of the account changed since the plan was made",
        [address for address in _differing(binding["objects"], objects) if address in touched],
    )
    if _telling(saved["changes"]) != _telling(document["changes"]):
        raise StalePlanError(
            "the plan would be another one now",
            why="The account or the manifests have moved since it was made.",
            fix="Make a new plan and look at the difference.",
        )


def _raise_if_applied(saved: Mapping[str, Any], plan: Plan, actual: Actual) -> None:
    """Everything that the saved plan writes is there already: this very plan was applied.

    A stamp alone does not tell: that of a new store is there before its files are.
    """
    unfinished = {str(change.address) for change in plan.writes}
    writes = [change for change in saved["changes"] if Action(change["action"]).writes]
    digests = {str(resource.address): resource.stamp.digest for resource in actual.resources}
    before, now = saved["binding"]["objects"], _objects(actual)
    after = saved["binding"]["manifests"]

    def is_done(change: Mapping[str, Any]) -> bool:
        address = change["address"]
        if change["action"] == Action.DELETE:
            return address not in digests
        unmoved = before.get(address) == now.get(address)
        stamped = digests.get(address) == after[address]
        return stamped and not unmoved and address not in unfinished

    if writes and all(is_done(change) for change in writes):
        raise AppliedPlanError(
            "the plan was applied already",
            why="The account holds everything that it would write.",
            fix="Make a new plan; it shows whether anything is left to do.",
        )


def _raise_if_moved(what: str, which: list[str]) -> None:
    if which:
        raise StalePlanError(
            f"{what}: {', '.join(which)}",
            why="The plan rests on something that is no longer so.",
            fix="Make a new plan and review it.",
        )


def _manifests(plan: Plan, contents: Contents) -> dict[str, JsonValue]:
    return {
        str(change.address): spec_digest(canonical_desired(change.desired, contents))
        for change in plan.changes
        if change.desired is not None
    }


def _files(contents: Contents) -> dict[str, JsonValue]:
    return {path: content.sha256 for path, content in contents.items()}


def _objects(actual: Actual) -> dict[str, JsonValue]:
    def describe(resource: ActualResource) -> str:
        return f"{resource.id} {resource.fingerprint}"

    return {str(resource.address): describe(resource) for resource in actual.resources}


def _differing(before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]) -> list[str]:
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def _telling(changes: JsonValue) -> str:
    assert isinstance(changes, list)
    return canonical_json(
        [
            {name: _without_notes(change[name]) for name in _TELLING}
            for change in changes
            if Action(change["action"]).writes or change["action"] == Action.BLOCKED
        ]
    )


def _without_notes(value: JsonValue) -> JsonValue:
    """The files of a change as they are; what is no list of files, unchanged."""
    if not isinstance(value, list):
        return value
    return [
        {name: item[name] for name in item if name != "note"} if isinstance(item, Mapping) else item
        for item in value
    ]
