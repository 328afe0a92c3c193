"""``gc``: uploads that this project made and nothing in the account refers to any more.

Uploads are listed before what refers to them: one that an apply sends meanwhile is not seen, and
one that it attaches meanwhile is seen to be attached.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from asstctl.errors import AsstctlError
from asstctl.model.actual import Upload
from asstctl.model.desired import Desired
from asstctl.model.file import LocalFile
from asstctl.plan.safety import CutListError
from asstctl.sync.listing import all_environments, all_stores, finish
from asstctl.sync.ownership import owned_by
from asstctl.sync.ports import Account, AccountError, Failure, NotKeptError
from asstctl.sync.uploads.hashing import hash_files
from asstctl.sync.uploads.journal import UploadJournal
from asstctl.sync.uploads.recognise import Evidence, Orphan, Proof, recognise, referenced_uploads

_HASHING_THREADS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbage:
    """Uploads that nothing refers to, oldest first. ``ours`` are proven to be this project's.

    ``examined`` is the number of all uploads of the account.
    """

    account: str
    examined: int
    ours: tuple[Orphan, ...] = ()
    unowned: tuple[Upload, ...] = ()

    @property
    def bytes(self) -> int:
        """How much would be freed."""
        return sum(orphan.upload.bytes for orphan in self.ours)

    def still(self, later: "Garbage") -> "Garbage":
        """What a later look found to be garbage as well."""
        ids = {orphan.upload.id for orphan in later.ours}
        return replace(self, ours=tuple(item for item in self.ours if item.upload.id in ids))


@dataclass(frozen=True, slots=True)
class Deletion:
    """An upload that was to be deleted, and why it was not."""

    orphan: Orphan
    error: AsstctlError | None = None


async def find_garbage(account: Account, desired: Desired, journal: UploadJournal) -> Garbage:
    """Find the orphans among all uploads of the account, and those of them that are ours.

    Every assistant, vector store and environment of the account counts as a reference, another
    project's too; what threads and their messages hold cannot be seen, nor what other bundles do:
    beside a bundle equal content proves nothing. Raises AccountError, and CutListError when the
    server shows only part of what might refer to an upload.
    """
    uploads = await account.list_uploads()
    if uploads is None:
        await account.list_assistants()  # Where nothing is there, that is what is to be said.
        raise AccountError(
            f"{account.name} does not list its uploads",
            failure=Failure.UNSUPPORTED,
            why="Without a list of them nothing can be found that nobody refers to.",
            fix="There is nothing that asstctl could clear away on this server.",
        )
    hashing = asyncio.create_task(hash_files(_files(desired), parallelism=_HASHING_THREADS))
    listing = asyncio.create_task(account.list_assistants())
    reading_stores = asyncio.create_task(all_stores(account))
    reading_environments = asyncio.create_task(all_environments(account))
    await finish(hashing, listing, reading_stores, reading_environments)
    for what, shown in (
        ("assistants", listing.result()),
        ("vector stores", reading_stores.result()),
        ("environments", reading_environments.result()),
    ):
        if shown.cut:
            raise _cut(what)
    assistants, stores = listing.result().items, reading_stores.result().items
    environments = reading_environments.result().items
    used = await referenced_uploads(account, assistants, stores, environments)
    mine = (*owned_by(desired.project, assistants), *owned_by(desired.project, stores))
    evidence = Evidence(
        contents={content.sha256: content.bytes for content in hashing.result().values()},
        stamps=tuple(stamp for _, stamp in mine),
        notes=journal.notes(),
    )
    unused = [upload for upload in uploads if upload.id not in used]
    ours = await recognise(account, unused, evidence)
    if listing.result().bundle:
        ours = _without_mere_likeness(ours)
    proven = {orphan.upload.id for orphan in ours}
    return Garbage(
        account=account.name,
        examined=len(uploads),
        ours=tuple(sorted(ours, key=lambda orphan: _age(orphan.upload))),
        unowned=tuple(sorted((u for u in unused if u.id not in proven), key=_age)),
    )


def _without_mere_likeness(orphans: tuple[Orphan, ...]) -> tuple[Orphan, ...]:
    """Without those that another bundle may hold: only their content says whose they are."""
    return tuple(orphan for orphan in orphans if orphan.proof is not Proof.CONTENT)


async def delete_garbage(
    account: Account, orphans: Iterable[Orphan], journal: UploadJournal
) -> tuple[Deletion, ...]:
    """Delete these uploads. One that cannot be deleted does not stop the others.

    What the account still lists afterwards was not deleted, whatever it answered.
    """

    async def delete(orphan: Orphan) -> Deletion:
        try:
            await account.delete_upload(orphan.upload.id)
        except AccountError as error:
            return Deletion(orphan, error)
        return Deletion(orphan)

    deletions = await asyncio.gather(*map(delete, orphans))
    standing = await _standing(account, [item.orphan for item in deletions if not item.error])
    checked = tuple(
        replace(item, error=standing.get(item.orphan.upload.id, item.error)) for item in deletions
    )
    for item in checked:
        if item.error is None:
            journal.deleted(item.orphan.upload.id)
    return checked


async def _standing(account: Account, deleted: Iterable[Orphan]) -> Mapping[str, NotKeptError]:
    """Uploads that are still there, by id; a look that fails finds none."""
    try:
        listed = {upload.id for upload in await account.list_uploads() or ()}
        suspects = [item.upload.id for item in deleted if item.upload.id in listed]
        there = await asyncio.gather(*map(account.get_upload, suspects))
    except AccountError:
        return {}
    return {
        file_id: NotKeptError(
            f"{file_id} was not deleted, it is still there",
            failure=Failure.INVALID,
            why="The server answered that it had deleted the upload, and shows it all the same.",
        )
        for file_id, upload in zip(suspects, there, strict=True)
        if upload is not None
    }


def _files(desired: Desired) -> tuple[LocalFile, ...]:
    """Everything that apply or smoke may have uploaded, each path once."""
    files = list(desired.files)
    for assistant in desired.assistants:
        for case in assistant.smoke:
            files += case.thread.code_files
            for message in case.thread.messages:
                files += [attachment.file for attachment in message.attachments]
            for turn in case.turns:
                files += [attachment.file for attachment in turn.attachments]
    return tuple({file.path: file for file in files}.values())


def _age(upload: Upload) -> tuple[float, str]:
    return upload.created_at, upload.id


def _cut(what: str) -> CutListError:
    return CutListError(
        f"the account's list of {what} is cut",
        why="The server does not turn its pages properly and may hold more than it shows, so "
        "something unseen may refer to an upload that looks unused.",
        fix="Use a server with working lists, or delete uploads by hand.",
    )
