"""Which bytes must be sent, which uploads can be shared, and which are no longer needed.

Content decides: equal bytes are uploaded once per project. An upload carries one name for ever,
and citations show it, so an upload can stand for a path only while some path with that content
still has the name under which it was sent. What the account calls it tells less: some change names.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from asstctl.model.actual import Actual, AttachedFile, IndexStatus
from asstctl.model.canonical import canonical_chunking
from asstctl.model.desired import Contents, DesiredResource, DesiredStore
from asstctl.model.file import Content, content_in, is_named
from asstctl.model.stamp import FieldStamp, name_mark
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking
from asstctl.plan.action import FileAction
from asstctl.plan.change import Drift, FileChange

_LEFT_OVER: Final = "left over from an apply that broke off"


@dataclass(frozen=True, slots=True)
class DesiredContent:
    """A file that a resource should hold."""

    content: Content
    chunking: Chunking = AUTO_CHUNKING


@dataclass(slots=True)
class Uploads:
    """What is known of the project's uploads while a plan is being made.

    ``names`` are the names that desired paths give to a content that something holds,
    ``filenames`` what the account calls each upload, ``by_content`` the uploads that can be
    shared, ``planned`` the path under which this plan already sends a content.
    """

    names: Mapping[str, tuple[str, ...]]
    filenames: Mapping[str, str]
    by_content: dict[str, AttachedFile] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    planned: dict[str, str] = field(default_factory=dict)
    reusable: Mapping[str, AttachedFile] = field(default_factory=dict)
    """Uploads that nothing refers to, left over by an apply that broke off."""

    @classmethod
    def known(cls, contents: Contents, actual: Actual) -> "Uploads":
        """Everything that stamps and attributes prove about uploads."""
        held = [
            file
            for item in (*actual.resources, *actual.expired, *actual.duplicates)
            for file in item.held_files
        ]
        uploads = cls(
            names=_names(contents, {attached.sha256 for attached in held}),
            filenames={upload.id: upload.filename for upload in actual.uploads or ()},
            reusable=actual.reusable,
        )
        for attached in held:
            if attached.sha256 and not attached.gone and not uploads.is_misnamed(attached):
                uploads.by_content.setdefault(attached.sha256, attached)
                if attached.path:
                    uploads.paths.setdefault(attached.sha256, attached.path)
        return uploads

    def is_misnamed(self, attached: AttachedFile) -> bool:
        """Whether no desired path with this content has the upload's name any more.

        One that is named by its content serves any path.
        An account that shows another name than was sent changed it: of an upload that was sent as
        ``a b.md`` and is called ``a_b.md``, either name will do.
        """
        names = self.names.get(attached.sha256 or "")
        filename = self.filenames.get(attached.id)
        if names is None or (filename is None and not attached.sent):
            return False
        if filename is not None and content_in(filename) == attached.sha256:
            return False
        if filename is not None:
            if any(is_named(filename, name) for name in names):
                return False
            if attached.sent in ("", name_mark(PurePosixPath(filename).name)):
                return True
        return attached.sent not in map(name_mark, names)

    def provide(self, desired: DesiredContent, *, note: str = "") -> FileChange:
        """How a resource that lacks a content gets it. ``note`` says why if need be."""
        content = desired.content
        known = self.by_content.get(content.sha256)
        if known is None and (reusable := self.reusable.get(content.sha256)) is not None:
            return _change(FileAction.REUSE, desired, upload=reusable, note=note or _LEFT_OVER)
        source = self.planned.get(content.sha256) or self.paths.get(content.sha256)
        if known is None and content.sha256 not in self.planned:
            self.planned[content.sha256] = content.path
            return _change(FileAction.UPLOAD, desired, note=note)
        same = f"same content as {source}" if source and source != content.path else ""
        return _change(FileAction.REUSE, desired, upload=known, note=note or same)


def desired_contents(resource: DesiredResource, contents: Contents) -> tuple[DesiredContent, ...]:
    """The files that a resource should hold, by path."""
    if isinstance(resource, DesiredStore):
        desired = [
            DesiredContent(contents[entry.file.path], entry.chunking)
            for entry in resource.store_files
        ]
    else:
        desired = [DesiredContent(contents[file.path]) for file in resource.files]
    return tuple(sorted(desired, key=lambda item: item.content.path))


def plan_files(
    desired: Iterable[DesiredContent],
    held: Iterable[AttachedFile],
    uploads: Uploads,
    *,
    missing: str = "",
) -> tuple[FileChange, ...]:
    """The steps from what a resource holds to what it should hold: new before old.

    One upload of each content is enough. Where somebody attached several, as many of them may
    stay as there are paths with that content. ``missing`` says why a content comes that is not
    held in any upload, where the last apply should have left it here.
    """
    desired, held = tuple(desired), tuple(held)
    present_content = {attached.sha256 for attached in held if not attached.gone}
    kept, leaving = _parted(desired, held, uploads)
    coming: list[FileChange] = []
    covered: set[str] = set()
    for item in desired:
        sha256 = item.content.sha256
        present = kept.get(sha256)
        if present is None:
            note = "" if sha256 in present_content else missing
            coming.append(uploads.provide(item, note=note))
        elif sha256 not in covered and not _serves(present, item):
            coming.append(moved(item, present, _why(present)))
        covered.add(sha256)
    leaving += [attached for sha256, attached in kept.items() if sha256 not in covered]
    return (*coming, *(detached(attached, uploads) for attached in leaving))


def moved(desired: DesiredContent, upload: AttachedFile, note: str) -> FileChange:
    """A file that the resource holds already, and is to hold in another way."""
    return _change(FileAction.ATTACH, desired, upload=upload, note=note)


def _parted(
    desired: tuple[DesiredContent, ...], held: tuple[AttachedFile, ...], uploads: Uploads
) -> tuple[dict[str, AttachedFile], list[AttachedFile]]:
    """The held upload that stands for each content, and the uploads that are to leave.

    A second upload of a content is in neither, as long as there is a path for it: it just stays.
    """
    paths = Counter(item.content.sha256 for item in desired)
    kept: dict[str, AttachedFile] = {}
    leaving: list[AttachedFile] = []
    for attached in held:
        sha256 = attached.sha256
        if sha256 is None or attached.gone or uploads.is_misnamed(attached):
            leaving.append(attached)
        elif sha256 not in kept:
            kept[sha256] = attached
        elif paths[sha256] > 1 and _is_as_good_as(attached, kept[sha256]):
            paths[sha256] -= 1
        else:
            leaving.append(attached)
    return kept, leaving


def _names(contents: Contents, held: Collection[str | None]) -> dict[str, tuple[str, ...]]:
    """The names that desired paths give to each content that something holds."""
    names: dict[str, tuple[str, ...]] = {}
    for content in contents.values():
        if content.sha256 in held:
            names[content.sha256] = (*names.get(content.sha256, ()), content.name)
    return names


def file_drift(
    path: str,
    desired: tuple[DesiredContent, ...],
    held: tuple[AttachedFile, ...],
    base: FieldStamp | None,
    desired_digest: str,
    uploads: Uploads,
) -> tuple[Drift, ...]:
    """What others put among a resource's files, or in the place of one.

    What others only took away is put back, like a resource that was deleted elsewhere. A file
    that asstctl attached itself and that is no longer desired is a leftover of an apply that broke
    off.
    """
    found = foreign_files(held, base, uploads)
    if base is None or not found:
        return ()
    unchanged = base.applied == desired_digest
    paths = sorted({item.content.path for item in desired})
    applied = paths if unchanged else None
    return (Drift(path, applied, found, paths, not unchanged, base.applied),)


def foreign_files(
    held: tuple[AttachedFile, ...], base: FieldStamp | None, uploads: Uploads
) -> list[str]:
    """The names of all files that a resource holds, if some of them are not asstctl's; else none.

    A server that keeps no proof of content proves no edit either.
    """
    if base is None or base.applied != base.kept:
        return []
    if all(attached.sha256 is not None for attached in held):
        return []
    return sorted(_label(attached, uploads) for attached in held)


def with_deletes(
    files: tuple[FileChange, ...], needed: frozenset[str], deleted: set[str]
) -> tuple[FileChange, ...]:
    """``files`` and a delete for every upload of ours that nothing refers to afterwards.

    ``needed`` are the uploads that stay in use; ``deleted`` collects those that get one.
    """
    result = list(files)
    for file in files:
        if file.action is not FileAction.DETACH or not file.sha256 or not file.file_id:
            continue
        if file.file_id not in needed and file.file_id not in deleted:
            deleted.add(file.file_id)
            result.append(
                FileChange(
                    action=FileAction.DELETE,
                    path=file.path,
                    sha256=file.sha256,
                    bytes=file.bytes,
                    file_id=file.file_id,
                    sent=file.sent,
                )
            )
    return tuple(result)


def _serves(present: AttachedFile, desired: DesiredContent) -> bool:
    unusable = present.status in (IndexStatus.FAILED, IndexStatus.CANCELLED)
    return not unusable and present.chunking == desired.chunking


def _is_as_good_as(attached: AttachedFile, other: AttachedFile) -> bool:
    return attached.chunking == other.chunking and attached.status is IndexStatus.COMPLETED


def _why(present: AttachedFile) -> str:
    if present.status in (IndexStatus.FAILED, IndexStatus.CANCELLED):
        return f"indexing {present.status}"
    return f"was cut {canonical_chunking(present.chunking)}"


def detached(attached: AttachedFile, uploads: Uploads) -> FileChange:
    """A file that the resource lets go of."""
    return FileChange(
        action=FileAction.DETACH,
        path=_label(attached, uploads),
        sha256=attached.sha256,
        bytes=None,
        file_id=attached.id,
        sent=attached.sent,
        note="the upload is gone" if attached.gone else "",
    )


def _label(attached: AttachedFile, uploads: Uploads) -> str:
    return attached.path or uploads.filenames.get(attached.id) or attached.id


def _change(
    action: FileAction,
    desired: DesiredContent,
    *,
    upload: AttachedFile | None = None,
    note: str = "",
) -> FileChange:
    content = desired.content
    return FileChange(
        action=action,
        path=content.path,
        sha256=content.sha256,
        bytes=content.bytes,
        file_id=upload.id if upload else None,
        sent=upload.sent if upload else "",
        chunking=desired.chunking,
        note=note,
    )
