"""What ``gc`` found and deleted, as JSON; the schema is ``schemas/gc.schema.json``."""

from collections.abc import Iterable, Sequence

from asstctl.model.actual import Upload
from asstctl.model.json import JsonObject, JsonValue
from asstctl.smoke.leftovers import Leftover, Removal
from asstctl.sync.uploads.garbage import Deletion, Garbage
from asstctl.sync.uploads.recognise import Orphan
from asstctl.views.documents import FORMAT_VERSION, error_document


def gc_document(
    garbage: Garbage,
    deletions: Iterable[Deletion],
    leftovers: Sequence[Leftover] | None = None,
    removals: Iterable[Removal] = (),
    *,
    what: str = "session",
    project: str,
    target: str,
    unowned: bool,
) -> dict[str, JsonValue]:
    """The document that ``gc --format json`` prints. ``unowned`` is null when not asked for.

    Without ``leftovers``, on an account that has none to list, there is no word of them; ``what``
    is what each of them is.
    """
    outcomes = {deletion.orphan.upload.id: deletion for deletion in deletions}
    uploads = [_orphan(orphan, outcomes.get(orphan.upload.id)) for orphan in garbage.ours]
    states = [upload["status"] for upload in uploads]
    ended = {removal.leftover.place: removal for removal in removals}
    left = [_leftover(item, ended.get(item.place)) for item in leftovers or ()]
    return {
        "format_version": FORMAT_VERSION,
        "project": project,
        "target": target,
        "account": garbage.account,
        "uploads": uploads,
        "unowned": [_upload(upload) for upload in garbage.unowned] if unowned else None,
        **({} if leftovers is None else {f"{what}s": left}),
        "summary": {
            "examined": garbage.examined,
            "found": len(uploads),
            "bytes": garbage.bytes,
            "deleted": states.count("deleted"),
            "failed": states.count("failed"),
        },
    }


def _orphan(orphan: Orphan, deletion: Deletion | None) -> JsonObject:
    return {
        **_upload(orphan.upload),
        "proof": str(orphan.proof),
        "sha256": orphan.sha256,
        **_outcome(deletion),
    }


def _leftover(leftover: Leftover, removal: Removal | None) -> JsonObject:
    return {
        "id": leftover.place.id,
        "case": leftover.case,
        "created_at": leftover.created_at or None,
        "busy": leftover.is_busy,
        **_outcome(removal),
    }


def _outcome(done: Deletion | Removal | None) -> JsonObject:
    error = done.error if done else None
    status = "failed" if error else "deleted"
    return {
        "status": status if done else "found",
        "error": error_document(error) if error else None,
    }


def _upload(upload: Upload) -> JsonObject:
    return {
        "id": upload.id,
        "filename": upload.filename,
        "bytes": upload.bytes,
        "created_at": upload.created_at or None,
    }
