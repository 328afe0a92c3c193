"""Uploads that nothing refers to as JSON; the schema is ``schemas/gc.schema.json``."""

from collections.abc import Iterable

from asstctl.model.actual import Upload
from asstctl.model.json import JsonObject, JsonValue
from asstctl.sync.uploads.garbage import Deletion, Garbage
from asstctl.sync.uploads.recognise import Orphan
from asstctl.views.documents import FORMAT_VERSION, error_document


def gc_document(
    garbage: Garbage,
    deletions: Iterable[Deletion],
    *,
    project: str,
    target: str,
    unowned: bool,
) -> dict[str, JsonValue]:
    """The document that ``gc --format json`` prints. ``unowned`` is null when not asked for."""
    outcomes = {deletion.orphan.upload.id: deletion for deletion in deletions}
    uploads = [_orphan(orphan, outcomes.get(orphan.upload.id)) for orphan in garbage.ours]
    states = [upload["status"] for upload in uploads]
    return {
        "format_version": FORMAT_VERSION,
        "project": project,
        "target": target,
        "account": garbage.account,
        "uploads": uploads,
        "unowned": [_upload(upload) for upload in garbage.unowned] if unowned else None,
        "summary": {
            "examined": garbage.examined,
            "found": len(uploads),
            "bytes": garbage.bytes,
            "deleted": states.count("deleted"),
            "failed": states.count("failed"),
        },
    }


def _orphan(orphan: Orphan, deletion: Deletion | None) -> JsonObject:
    error = deletion.error if deletion else None
    done = "failed" if error else "deleted"
    return {
        **_upload(orphan.upload),
        "proof": str(orphan.proof),
        "sha256": orphan.sha256,
        "status": done if deletion else "found",
        "error": error_document(error) if error else None,
    }


def _upload(upload: Upload) -> JsonObject:
    return {
        "id": upload.id,
        "filename": upload.filename,
        "bytes": upload.bytes,
        "created_at": upload.created_at or None,
    }
