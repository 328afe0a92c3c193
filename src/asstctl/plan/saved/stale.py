"""Is a saved plan still what it was? Refuses it, and says which of the things has moved."""

from collections.abc import Iterable, Mapping

from asstctl.model.actual import Actual
from asstctl.model.desired import Contents
from asstctl.model.json import JsonObject, canonical_json
from asstctl.plan.action import Action
from asstctl.plan.change import Change
from asstctl.plan.plan import Plan
from asstctl.plan.saved.errors import AppliedPlanError, StalePlanError
from asstctl.plan.saved.saved_plan import Binding, SavedPlan


def raise_if_elsewhere(saved: SavedPlan, project: str, target: str) -> None:
    """Refuse a plan that was made for another project or target. Raises StalePlanError."""
    for word, theirs, ours in (
        ("project", saved.plan.project, project),
        ("target", saved.plan.target, target),
    ):
        if theirs != ours:
            raise StalePlanError(
                f"the plan was made for the {word} {theirs!r}, and this is {ours!r}",
                fix=f"Choose that {word}, or make a new plan for this one.",
            )


def raise_if_stale(saved: SavedPlan, plan: Plan, contents: Contents, actual: Actual) -> None:
    """Refuse unless ``plan``, computed just now, is the saved one and rests on the same things.

    Raises StalePlanError, or AppliedPlanError when the saved plan has been carried out.
    """
    if saved.plan.account != actual.account:
        raise StalePlanError(
            f"the plan was made for {saved.plan.account}, and this is {actual.account}",
            fix="Make a new plan.",
        )
    before, now = saved.binding, Binding.of(plan, contents, actual)
    _raise_if_applied(saved, plan, actual, now)
    _raise_if_moved("files", _differing(before.files, now.files))
    given = ", or give the --var that it was made with"
    _raise_if_moved("manifests", _differing(before.manifests, now.manifests), given)
    touched = _touched(saved.plan)
    moved = [address for address in _differing(before.objects, now.objects) if address in touched]
    _raise_if_moved("objects of the account", moved)
    if _effect(saved.plan) != _effect(plan):
        raise StalePlanError(
            "the plan would be another one now",
            why="The account or the manifests have moved since it was made.",
            fix="Make a new plan and look at the difference.",
        )


def _raise_if_applied(saved: SavedPlan, plan: Plan, actual: Actual, now: Binding) -> None:
    """Everything that the saved plan writes is there already: this very plan was applied.

    A stamp alone does not tell: that of a new store is there before its files are.
    """
    unfinished = {str(change.address) for change in plan.writes}
    digests = {str(resource.address): resource.stamp.digest for resource in actual.resources}
    before, manifests = saved.binding.objects, saved.binding.manifests

    def is_done(change: Change) -> bool:
        address = str(change.address)
        if change.action is Action.DELETE:
            return address not in digests
        unmoved = before.get(address) == now.objects.get(address)
        # The name of an environment has room for the beginning of a digest.
        digest = digests.get(address, "")
        stamped = bool(digest) and manifests.get(address, "").startswith(digest)
        return stamped and not unmoved and address not in unfinished

    if saved.plan.writes and all(map(is_done, saved.plan.writes)):
        raise AppliedPlanError(
            "the plan was applied already",
            why="The account holds everything that it would write.",
            fix="Make a new plan; it shows whether anything is left to do.",
        )


def _raise_if_moved(what: str, which: Iterable[str], or_else: str = "") -> None:
    if names := ", ".join(which):
        raise StalePlanError(
            f"these {what} changed since the plan was made: {names}",
            why="The plan rests on something that is no longer so.",
            fix=f"Make a new plan and review it{or_else}.",
        )


def _touched(plan: Plan) -> set[str]:
    """The objects that a plan writes, by the addresses that they have before and after it."""
    addresses = {str(change.address) for change in plan.writes}
    return addresses | {str(change.moved_from) for change in plan.changes if change.moved_from}


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def _effect(plan: Plan) -> str:
    """What a plan does and what stands in its way; reasons and notes are for the reader only."""
    changes = [
        _effect_of(change)
        for change in plan.changes
        if change.action.writes or change.action is Action.BLOCKED
    ]
    return canonical_json(changes)


def _effect_of(change: Change) -> JsonObject:
    return {
        "address": str(change.address),
        "action": str(change.action),
        "id": change.id,
        "moved_from": str(change.moved_from),
        "fields": [[item.path, item.before, item.after] for item in change.fields],
        "files": [[str(f.action), f.path, f.sha256, f.bytes] for f in change.files],
        "drift": [
            [item.path, item.applied, item.actual, item.desired, item.conflict, item.base]
            for item in change.drift
        ],
    }
