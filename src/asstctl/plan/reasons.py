"""The words of a plan: why a change is there. They are for the reader and decide nothing."""

from dataclasses import replace
from typing import Final

from asstctl.model.address import Address
from asstctl.model.canonical import PROTECT
from asstctl.model.desired import Contents
from asstctl.plan.action import Action
from asstctl.plan.change import Change
from asstctl.plan.comparable import canonical_actual, canonical_desired

CREATED: Final = "not in the account"
VANISHED: Final = "deleted elsewhere since the last apply"
UNSEEN: Final = "not shown by the account, whose list is cut; it may exist all the same"
UNREAD: Final = "the account does not show its files, so nothing can be made of it"
REBUILT: Final = "the vector store expired and is built anew"
UNCHANGED: Final = "as the manifest says"
DELETED: Final = "in no manifest any more"
DESTROYED: Final = "everything of this project goes"
FORGOTTEN: Final = "unmanaged now: in no manifest any more; --prune deletes it"
KEPT: Final = "unmanaged now: in no manifest any more; protected, so --prune leaves it"
PROTECTED: Final = "to be deleted, but `protect: true` was applied"
DRIFTED: Final = "changed outside asstctl"
EDITED: Final = "in no manifest any more, but changed outside asstctl"
CONFIDED: Final = (
    "the stamp, and perhaps what never reads back: setup commands, variables or blocked domains"
)
PERHAPS_CONFIDED: Final = "perhaps also setup commands, variables or blocked domains"
INDEXING: Final = "the account has not indexed all of the files yet"
STAMP_ALONE: Final = "the stamp alone: the account holds what the manifest says"
DUPLICATE: Final = "made by another apply at the same time; the older one stays"


def still_used(user: Address) -> str:
    """Why something that no manifest wants is kept all the same."""
    return f"to be deleted, but {user} still uses it"


def describe_update(change: Change, *, confided: bool = False) -> str:
    """What an update is about, in few words: the fields, the files, or the stamp alone.

    ``confided`` says that what never reads back may be among it.
    """
    parts = list(dict.fromkeys(_topic(field.path) for field in change.fields))
    if change.files:
        parts.append("files")
    told = ", ".join(parts)
    if confided:
        told = f"{told}; {PERHAPS_CONFIDED}" if told else CONFIDED
    if change.moved_from:
        return "; ".join(filter(None, (f"was {change.moved_from}", told)))
    return told or _without_topic(change)


def _without_topic(change: Change) -> str:
    return INDEXING if _is_indexing(change) else STAMP_ALONE


def _is_indexing(change: Change) -> bool:
    held = change.actual.held_files if change.actual else ()
    return any(file.is_unfinished for file in held)


def _topic(path: str) -> str:
    """The part of a path that a reader wants to see first."""
    top, _, rest = path.partition(".")
    if top != "tools" or not rest:
        return top
    kind, _, name = rest.partition(".")
    return name.partition(".")[0] if kind == "function" else kind


def with_hints(changes: list[Change], contents: Contents) -> list[Change]:
    """``changes``, telling where something goes and something like it comes: a rename, perhaps."""
    leaving = [change for change in changes if change.action in (Action.DELETE, Action.FORGET)]
    if not leaving:
        return changes
    return [
        replace(change, reason=f"{change.reason}; {hint}")
        if change.action is Action.CREATE and (hint := _rename(change, leaving, contents))
        else change
        for change in changes
    ]


def _rename(create: Change, leaving: list[Change], contents: Contents) -> str:
    others = (change for change in leaving if change.address != create.address)
    twin = next((change for change in others if _alike(create, change, contents)), None)
    if twin is None:
        return ""
    return (
        f"it looks like {twin.address}: `previously: [{twin.address.key}]` would keep that object "
        "and its id"
    )


def _alike(create: Change, leaving: Change, contents: Contents) -> bool:
    """The same kind, and the same name or all fields but a few."""
    if create.address.kind is not leaving.address.kind:
        return False
    assert create.desired is not None
    assert leaving.actual is not None
    desired = {**canonical_desired(create.desired, contents), PROTECT: None}
    actual = {**canonical_actual(leaving.actual), PROTECT: None}
    if desired.get("name") is not None and desired.get("name") == actual.get("name"):
        return True
    names = {*desired, *actual}
    return sum(desired.get(name) == actual.get(name) for name in names) >= max(3, len(names) - 2)
