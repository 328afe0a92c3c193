"""The ids that pulled objects had in their account: they can be kept where they are made anew."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from asstctl.errors import UsageError
from asstctl.model.address import Address
from asstctl.sync.local.folder import NAME, Folder

_FILE: Final = "ids.json"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")


def write_ids(root: Path, ids: Mapping[Address, str]) -> None:
    """Note ids beside those of earlier pulls into this folder. Raises OSError."""
    folder = Folder(root)
    with folder.locked():
        found = _read(folder) | {str(address): id_ for address, id_ in ids.items()}
        folder.replace(_FILE, json.dumps(found, indent=2, sort_keys=True) + "\n")


def read_ids(root: Path) -> dict[str, str]:
    """The ids by address. Raises UsageError when no pull into this folder wrote any."""
    found = _read(Folder(root))
    if not found:
        raise UsageError(
            "there are no ids to keep",
            why=f"`asstctl pull` writes them into {NAME}/{_FILE} of the folder that it fills.",
            fix="Pull into this folder, or leave --keep-ids out.",
        )
    return found


def _read(folder: Folder) -> dict[str, str]:
    try:
        found = json.loads(folder.read(_FILE))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        address: id_
        for address, id_ in found.items()
        if isinstance(id_, str) and _ID.fullmatch(id_)
    }
