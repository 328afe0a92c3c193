"""Orphans: uploads that nothing refers to, and what proves that some of them are this project's.

Ours are used again (``reusable``) or deleted (``garbage``); others are never touched.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from asstctl.model.actual import Upload
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.file import content_in
from asstctl.model.stamp import Stamp, name_mark
from asstctl.sync.ports import (
    Account,
    AccountError,
    Failure,
    RemoteAssistant,
    RemoteEnvironment,
    RemoteStore,
)
from asstctl.sync.uploads.download import hash_upload
from asstctl.sync.uploads.journal import Noted, Notes


class Proof(StrEnum):
    """Why an upload is known to be this project's."""

    JOURNAL = "journal"
    """An apply on this machine sent it."""
    STAMP = "stamp"
    """An object of this project once held it."""
    CONTENT = "content"
    """Its bytes are those of a file of this project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """An upload of this project that nothing refers to. ``sha256`` is None when it is not known.

    ``sent`` is ``name_mark`` of the name under which it was sent, empty when that is not known.
    """

    upload: Upload
    proof: Proof
    sha256: str | None = None
    sent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of this project's uploads.

    ``contents`` are the sizes of its files by hash, ``stamps`` those on its objects.
    """

    contents: Mapping[str, int] = field(default_factory=dict)
    stamps: tuple[Stamp, ...] = ()
    notes: Notes = field(default_factory=Notes)

    def by_id(self, upload: Upload) -> Orphan | None:
        """An upload that the journal or a stamp names by its id; the journal says more."""
        noted = self.notes.made.get(upload.id)
        if noted is not None and noted.is_of(upload):
            return _from_journal(upload, noted, noted.sha256)
        for stamp in self.stamps:
            if file := stamp.file(upload.id):
                return Orphan(upload=upload, proof=Proof.STAMP, sha256=file.sha256, sent=file.sent)
        return None

    def was_begun(self, upload: Upload, sha256: str) -> bool:
        """Whether the journal knows of an upload with this content whose answer was lost."""
        return any(noted.sha256 == sha256 and noted.may_be(upload) for noted in self.notes.begun)

    @property
    def sizes(self) -> Mapping[str, int]:
        """The sizes of everything that this project is known to have sent, by hash."""
        noted = (*self.notes.made.values(), *self.notes.begun)
        return {**{item.sha256: item.bytes for item in noted}, **self.contents}


async def recognise(
    account: Account, uploads: Iterable[Upload], evidence: Evidence
) -> tuple[Orphan, ...]:
    """The uploads that are proven to be this project's. Nothing may refer to any of them.

    The proofs are tried in the order of the table in ``asstctl.sync.uploads``: by id, then by
    content where the account gives that out, then as one that was begun. Raises AccountError.
    """
    uploads = tuple(uploads)
    found: dict[str, Orphan] = {}
    for upload in uploads:
        if orphan := evidence.by_id(upload):
            found[upload.id] = orphan
    unknown = [upload for upload in uploads if upload.id not in found]
    hashes = await _hashes(account, unknown, evidence)
    found |= _by_content(unknown, hashes, evidence)
    hidden = [upload for upload in unknown if upload.id not in hashes]
    found |= _begun(hidden, evidence.notes.begun)
    return tuple(found[upload.id] for upload in uploads if upload.id in found)


async def referenced_uploads(
    account: Account,
    assistants: Iterable[RemoteAssistant],
    stores: Iterable[RemoteStore],
    environments: Iterable[RemoteEnvironment],
    *,
    known: Mapping[str, Collection[str]] | None = None,
) -> frozenset[str]:
    """The uploads that these assistants, stores and environments hold, whoever made them.

    ``known`` are the files of stores that have been listed already. Raises AccountError.
    """
    listed = known or {}
    held = {file_id for assistant in assistants for file_id in assistant.spec.code_files}
    missing = [store for store in stores if store.id not in listed]
    lists = await asyncio.gather(*(_files_of(account, store) for store in missing))
    named = uploads_named(item.spec for item in environments)
    return named.union(held, *listed.values(), *lists)


def uploads_named(environments: Iterable[EnvironmentSpec]) -> frozenset[str]:
    """The uploads that environments name. The specs are bound."""
    return frozenset(file.ref for spec in environments for file in spec.files if file.ref)


async def _files_of(account: Account, store: RemoteStore) -> frozenset[str]:
    try:
        return frozenset(file.id for file in await account.list_store_files(store.id))
    except AccountError as error:
        if error.failure is Failure.MISSING:  # it went away meanwhile, or has expired
            return frozenset()
        raise


async def _hashes(
    account: Account, uploads: Iterable[Upload], evidence: Evidence
) -> dict[str, str]:
    """The content of each upload that has the size of something of ours, by its id.

    Its name may tell it. Else it is asked for; that ends as soon as the account turns out to give
    no content out.
    """
    sizes = set(evidence.sizes.values())
    fitting = [upload for upload in uploads if upload.bytes in sizes]
    named = {item.id: sha256 for item in fitting if (sha256 := content_in(item.filename))}
    unnamed = [upload.id for upload in fitting if upload.id not in named]
    if not unnamed:
        return named
    first, *rest = unnamed
    one = await hash_upload(account, first)
    if one is None:
        return named
    others = await asyncio.gather(*(hash_upload(account, upload_id) for upload_id in rest))
    found = zip(rest, others, strict=True)
    return {**named, first: one} | {upload_id: sha256 for upload_id, sha256 in found if sha256}


def _by_content(
    uploads: Iterable[Upload], hashes: Mapping[str, str], evidence: Evidence
) -> dict[str, Orphan]:
    """Uploads whose bytes are this project's: the journal's proof where it knows of the try."""
    sizes = evidence.sizes
    found: dict[str, Orphan] = {}
    for upload in uploads:
        sha256 = hashes.get(upload.id)
        if sha256 is not None and sha256 in sizes:
            proof = Proof.JOURNAL if evidence.was_begun(upload, sha256) else Proof.CONTENT
            found[upload.id] = Orphan(upload=upload, proof=proof, sha256=sha256)
    return found


def _begun(uploads: Iterable[Upload], begun: Iterable[Noted]) -> dict[str, Orphan]:
    """Uploads that nothing but the intention to make them explains.

    Example: two applies were killed while they sent a.md (6 bytes). Of the loose uploads that are
    called a.md, have 6 bytes and came after the first try, two at most can be theirs. Are there
    two, they are; are there three, one is somebody else's, nobody knows which, and none is taken.
    """
    uploads = tuple(uploads)
    found: dict[str, Orphan] = {}
    for alike in _alike(begun):
        since = min(noted.since for noted in alike)
        fitting = [u for u in uploads if alike[0].may_be(u) and u.created_at >= since]
        if len(fitting) > len(alike):
            continue
        hashes = {noted.sha256 for noted in alike}
        sha256 = hashes.pop() if len(hashes) == 1 else None
        for upload in fitting:
            found[upload.id] = _from_journal(upload, alike[0], sha256)
    return found


def _alike(begun: Iterable[Noted]) -> Iterable[list[Noted]]:
    """Tries that cannot be told apart by what an account shows: they share name and size."""
    groups: dict[tuple[str, int], list[Noted]] = {}
    for noted in begun:
        groups.setdefault((noted.name, noted.bytes), []).append(noted)
    return groups.values()


def _from_journal(upload: Upload, noted: Noted, sha256: str | None) -> Orphan:
    return Orphan(upload=upload, proof=Proof.JOURNAL, sha256=sha256, sent=name_mark(noted.name))
