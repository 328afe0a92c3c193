"""What a plan can do to a resource and to a file."""

from enum import StrEnum


class Action(StrEnum):
    """One action per change."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ADOPT = "adopt"
    """Write the first stamp on an object that exists already."""
    MOVE = "move"
    """Give a managed object a new key; its id stays, and its fields may change as well."""
    FORGET = "forget"
    """Managed, but in no manifest any more: left alone, since deletes need ``--prune``."""
    NOOP = "noop"
    BLOCKED = "blocked"
    """Something stands in the way; the reason says what."""

    @property
    def writes(self) -> bool:
        """Whether apply sends anything for it."""
        return self in _WRITES


_WRITES = {Action.CREATE, Action.UPDATE, Action.DELETE, Action.ADOPT, Action.MOVE}


class FileAction(StrEnum):
    """What happens to one file of a resource."""

    UPLOAD = "upload"
    """Send the bytes and attach them."""
    REUSE = "reuse"
    """Attach an upload that the account holds already, or that this plan makes elsewhere."""
    ATTACH = "attach"
    """Attach the resource's own upload anew, cut in another way."""
    DETACH = "detach"
    DELETE = "delete"
    """Delete the upload: nothing of the project refers to it any more."""
