"""What a sandbox was told to be, and what of it reads back: never a secret, never content."""

from collections.abc import Iterable

from asstctl.emulator.errors import bad_request
from asstctl.emulator.requests.environments import MAX_FILE_BYTES, decoded
from asstctl.emulator.store.collections import FILES, Body
from asstctl.emulator.store.database import Database

# Left out, so that a client which forgets to say it notices: what it meant is rarely this.
_DEFAULT_NETWORK = {"access": "enabled"}


def shown(config: Body) -> Body:
    """Give the settings of a sandbox as they read back, files apart."""
    packages = config.get("packages") or {}
    network = config.get("network") or _DEFAULT_NETWORK
    return {
        "network": {
            "access": network["access"],
            "allowed_domains": network.get("allowed_domains") or [],
        },
        "packages": {name: packages.get(name) or [] for name in ("npm", "python", "system")},
        "skills": [_archive(item) for item in config.get("skills") or ()],
        "plugins": [_archive(item) for item in config.get("plugins") or ()],
        "capability_directories": config.get("capability_directories") or [],
        "desktop": config.get("desktop") or {"enabled": False},
    }


def _archive(given: Body) -> Body:
    if given["type"] == "skill_reference":
        return {"version": None} | given
    return {name: given[name] for name in ("type", "name", "description")}


def template_files(config: Body) -> list[Body]:
    """Give a template's files as they read back: of inline ones the size alone."""
    return [
        file
        if file["type"] == "file_id"
        else {"type": "inline", "path": file["path"], "size_bytes": len(decoded(file["data"]))}
        for file in config.get("files") or ()
    ]


def check_uploads(database: Database, files: Iterable[Body], at: str = "files") -> None:
    """Raise ApiError (400) for a file id that the account does not hold, or one that is too large.

    ``at`` is the place of the files in the body, for the param of the error.
    """
    for index, file in enumerate(files):
        check_upload(database, file, f"{at}[{index}].file_id")


def check_upload(database: Database, file: Body, param: str) -> None:
    """Raise ApiError (400) when a file names an upload that cannot be taken."""
    if file["type"] != "file_id":
        return
    upload = FILES.find(database, file["file_id"])
    if upload is None:
        raise bad_request(f"No file found with id '{file['file_id']}'.", param, "invalid_value")
    if upload["bytes"] > MAX_FILE_BYTES:
        told = f"The file '{file['file_id']}' has more than {MAX_FILE_BYTES} bytes."
        raise bad_request(told, param, "invalid_value")
