"""The words of a plan: why a change is there. They are for the reader and decide nothing."""

from typing import Final

from asstctl.plan.change import Change

CREATED: Final = "not in the account"
REBUILT: Final = "the vector store expired and is built anew"
UNCHANGED: Final = "as the manifest says"
DELETED: Final = "in no manifest any more"
FORGOTTEN: Final = "unmanaged now: in no manifest any more; --prune deletes it"
PROTECTED: Final = "in no manifest any more, but `protect: true` was applied"
DRIFTED: Final = "changed outside asstctl"


def describe_update(change: Change) -> str:
    """What an update is about, in few words: the fields, the files, or the stamp alone."""
    parts = list(dict.fromkeys(_topic(field.path) for field in change.fields))
    if change.files:
        parts.append("files")
    if change.moved_from:
        return "; ".join(filter(None, (f"was {change.moved_from}", ", ".join(parts))))
    return ", ".join(parts) or "the stamp alone: the account holds what the manifest says"


def _topic(path: str) -> str:
    """The part of a path that a reader wants to see first."""
    top, _, rest = path.partition(".")
    if top != "tools" or not rest:
        return top
    kind, _, name = rest.partition(".")
    return name.partition(".")[0] if kind == "function" else kind
