"""Account → what manifests are written from: assistants, vector stores and the files behind them.

Names, keys and paths that come from the account are only ever proposals: every one is made safe
and unique here.
"""

import asyncio
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from asstctl.errors import AsstctlError, UsageError
from asstctl.model.actual import Upload
from asstctl.model.address import KEY_PATTERN, Address, Kind
from asstctl.model.file import portable_name
from asstctl.model.pulled import Pulled, PulledAssistant, PulledFile, PulledStore
from asstctl.model.stamp import FILE_PATH, PROBE, without_stamp
from asstctl.sync.downloads import save_upload
from asstctl.sync.ownership import Remote, stamp_of
from asstctl.sync.ports import (
    Account,
    AccountError,
    AssistantList,
    Failure,
    RemoteAssistant,
    RemoteFile,
    RemoteStore,
    StoreList,
)

_LONGEST_KEY: Final = 64
_LONGEST_PATH: Final = 200
"""Of the folders in a file's path, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to pull: these ids, else everything of the account, else what ``project`` manages.

    ``taken`` are addresses that are not free, with the place that has them.
    """

    project: str
    ids: tuple[str, ...] = ()
    everything: bool = False
    taken: Mapping[Address, str] = field(default_factory=dict)


class KeyTakenError(AsstctlError):
    """A manifest for this resource is there already."""

    code = "already-there"


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The objects to be pulled; the files of each store."""

    assistants: tuple[RemoteAssistant, ...]
    stores: tuple[RemoteStore, ...]
    files: Mapping[str, tuple[RemoteFile, ...]]
    gone: frozenset[str]
    """Stores that assistants refer to and that are not there."""
    cut: bool
    expired: int


async def pull(
    account: Account,
    wanted: Wanted,
    folder: Path,
    *,
    on_files: Callable[[tuple[str, ...], int], None] = lambda paths, size: None,
) -> Pulled:
    """Read the account, and download files into ``folder`` under their paths.

    ``on_files`` is told the paths, and how many bytes are about to be downloaded; what it raises
    is raised. Raises AccountError, UsageError and KeyTakenError.
    """
    chosen = await _choose(account, wanted)
    uploads = await _uploads(account, chosen)
    keys = _Keys(wanted, chosen)
    keys.raise_if_taken()
    layout = _Layout()
    for store in chosen.stores:
        for file in chosen.files[store.id]:
            said = file.attributes.get(FILE_PATH)
            layout.add(uploads[file.id], keys.of(store), said if isinstance(said, str) else "")
    for assistant in chosen.assistants:
        for file_id in assistant.spec.code_files:
            layout.add(uploads[file_id], keys.of(assistant), "")
    there = {i: path for i, path in layout.paths.items() if uploads[i].is_there}
    on_files(tuple(there.values()), sum(uploads[i].upload.bytes for i in there))
    found = await asyncio.gather(
        *(_download(account, uploads[i], path, folder) for i, path in layout.paths.items())
    )
    files = {file.id: file for file in found}
    return Pulled(
        assistants=tuple(
            _assistant(item, keys, files, wanted, chosen) for item in chosen.assistants
        ),
        stores=tuple(_store(item, keys, files, wanted, chosen) for item in chosen.stores),
        files=files,
        cut=chosen.cut,
        expired=chosen.expired,
    )


# --- what is pulled -----------------------------------------------------------------------------


async def _choose(account: Account, wanted: Wanted) -> _Chosen:
    listing, shelves = await asyncio.gather(_all_assistants(account), _all_stores(account))
    living = {store.id: store for store in shelves.items if not store.expired}
    if wanted.ids:
        assistants, stores = await _by_id(account, wanted.ids, listing, living)
    else:
        assistants = [item for item in listing.items if _is_wanted(item, wanted)]
        stores = [item for item in living.values() if _is_wanted(item, wanted)]
        if not assistants and not stores:
            raise _nothing(account, wanted)
    used = {item.spec.vector_store for item in assistants if item.spec.vector_store}
    missing = used - {store.id for store in stores}
    stores += [living[store_id] for store_id in sorted(missing) if store_id in living]
    lists = await asyncio.gather(*(account.list_store_files(store.id) for store in stores))
    return _Chosen(
        assistants=tuple(sorted(assistants, key=_by_age)),
        stores=tuple(sorted(stores, key=_by_age)),
        files={store.id: files for store, files in zip(stores, lists, strict=True)},
        gone=frozenset(missing - living.keys()),
        cut=not wanted.ids and (listing.cut or shelves.cut),
        expired=0 if wanted.ids else sum(_is_wanted(s, wanted) for s in shelves.items if s.expired),
    )


async def _all_assistants(account: Account) -> AssistantList:
    found = await account.list_assistants()
    if found.tied:
        other = await account.list_assistants(newest_first=False)
        return replace(found, items=_once((*found.items, *other.items)))
    return found


async def _all_stores(account: Account) -> StoreList:
    try:
        found = await account.list_stores()
    except AccountError as error:
        if error.failure in (Failure.MISSING, Failure.UNSUPPORTED):
            return StoreList()
        raise
    if found.tied:
        other = await account.list_stores(newest_first=False)
        return replace(found, items=_once((*found.items, *other.items)))
    return found


def _once(remotes: Iterable[Remote]) -> tuple[Remote, ...]:
    return tuple({remote.id: remote for remote in remotes}.values())


async def _by_id(
    account: Account,
    ids: Iterable[str],
    listing: AssistantList,
    living: Mapping[str, RemoteStore],
) -> tuple[list[RemoteAssistant], list[RemoteStore]]:
    listed = {item.id: item for item in listing.items}
    assistants: list[RemoteAssistant] = []
    stores: list[RemoteStore] = []
    unknown: list[str] = []
    for object_id in dict.fromkeys(ids):
        assistant = listed.get(object_id) or await account.get_assistant(object_id)
        store = None if assistant else living.get(object_id) or await account.get_store(object_id)
        if assistant is not None:
            assistants.append(assistant)
        elif store is not None:
            stores.append(store)
        else:
            unknown.append(object_id)
    if unknown:
        raise UsageError(
            f"the account {account.name} has no {', '.join(unknown)}",
            why="Each ID is that of an assistant or a vector store.",
            fix="Check the ids and the target.",
        )
    return assistants, stores


def _is_wanted(remote: RemoteAssistant | RemoteStore, wanted: Wanted) -> bool:
    if PROBE in remote.spec.metadata:
        return False
    stamp = stamp_of(remote)
    return wanted.everything or (stamp is not None and stamp.project == wanted.project)


def _nothing(account: Account, wanted: Wanted) -> UsageError:
    if wanted.everything:
        return UsageError(f"the account {account.name} holds no assistants and no vector stores")
    return UsageError(
        f"the project {wanted.project!r} manages nothing in the account {account.name}",
        why="Without ids and without --all, pull writes down what this project manages.",
        fix="Give the ids of what you want, or --all for everything in the account.",
    )


def _by_age(remote: RemoteAssistant | RemoteStore) -> tuple[float, str]:
    return remote.created_at, remote.id


# --- keys ---------------------------------------------------------------------------------------


class _Keys:
    """A key for every object: the one that its stamp says, else one made from its name."""

    def __init__(self, wanted: Wanted, chosen: _Chosen) -> None:
        self._wanted = wanted
        self._keys: dict[str, str] = {}
        self._used: set[Address] = set()
        users = Counter(item.spec.vector_store for item in chosen.assistants)
        by_stamp = sorted(chosen.assistants, key=lambda item: not self._is_ours(item))
        for assistant in by_stamp:
            self._give(assistant, Kind.ASSISTANT, assistant.spec.name or "assistant")
        owned = {
            item.spec.vector_store: item
            for item in chosen.assistants
            if users[item.spec.vector_store] == 1
        }
        for store in sorted(chosen.stores, key=lambda item: not self._is_ours(item)):
            owner = owned.get(store.id)
            name = store.spec.name or "vector-store"
            if owner is not None and store.spec.name == (owner.spec.name or self.of(owner)):
                name = self.of(owner)
            self._give(store, Kind.VECTOR_STORE, name)

    def of(self, remote: RemoteAssistant | RemoteStore) -> str:
        """The key of an object."""
        return self._keys[remote.id]

    def of_store(self, store_id: str | None) -> str | None:
        """The key of a store; None when it is not among what is pulled."""
        return self._keys.get(store_id or "")

    def _is_ours(self, remote: RemoteAssistant | RemoteStore) -> bool:
        stamp = stamp_of(remote)
        return stamp is not None and stamp.project == self._wanted.project

    def _give(self, remote: RemoteAssistant | RemoteStore, kind: Kind, name: str) -> None:
        stamp = stamp_of(remote)
        if stamp is not None and KEY_PATTERN.fullmatch(stamp.key):
            name = stamp.key
        key = self._unique(slug(name) or str(kind).replace("_", "-"), kind)
        self._used.add(Address(kind, key))
        self._keys[remote.id] = key

    def _unique(self, key: str, kind: Kind) -> str:
        candidate, number = key, 1
        while Address(kind, candidate) in self._used:
            number += 1
            candidate = f"{key[: _LONGEST_KEY - len(str(number)) - 1]}-{number}"
        return candidate

    def raise_if_taken(self) -> None:
        """Two manifests of one key help nobody. Raises KeyTakenError."""
        taken = {
            address: self._wanted.taken.get(address) for address in sorted(self._used, key=str)
        }
        there = [f"{address} in {place}" for address, place in taken.items() if place]
        if there:
            raise KeyTakenError(
                f"these are described already: {', '.join(there)}",
                why="A manifest of the same key stands there. Nothing was written.",
                fix="Pull into another folder with --out DIR, or move the manifests away.",
            )


def slug(name: str) -> str:
    """A key made from a name; empty when the name has nothing that a key can hold."""
    if KEY_PATTERN.fullmatch(name):
        return name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_KEY].strip("-")


# --- files --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Held:
    """An upload that something refers to, whether it is there or not."""

    upload: Upload
    is_there: bool = True


async def _uploads(account: Account, chosen: _Chosen) -> Mapping[str, _Held]:
    """Every upload that is referred to, by id; asked for one by one where no list shows it."""
    ids = {file.id for files in chosen.files.values() for file in files}
    ids |= {file_id for item in chosen.assistants for file_id in item.spec.code_files}
    listed = {upload.id: _Held(upload) for upload in await account.list_uploads() or ()}
    hidden = sorted(ids - listed.keys())
    single = await asyncio.gather(*map(account.get_upload, hidden))
    for file_id, upload in zip(hidden, single, strict=True):
        none = Upload(id=file_id, filename="", bytes=0)
        listed[file_id] = _Held(upload or none, is_there=upload is not None)
    return {file_id: listed[file_id] for file_id in sorted(ids)}


class _Layout:
    """A path for every upload: in the folder of the first resource that holds it."""

    def __init__(self) -> None:
        self.paths: dict[str, str] = {}
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def add(self, held: _Held, key: str, said: str) -> None:
        """Find a place. ``said`` is the path that the file's attributes give, if any."""
        upload = held.upload
        if upload.id in self.paths:
            return
        name = portable_name(upload.filename or said)
        folder = "/".join(("files", key, *_folders(said, name)))
        path, number = f"{folder}/{name}", 1
        # A name is what citations show, so of two files with one name the folder differs.
        while not self._is_free(path):
            number += 1
            path = f"{folder}/{number}/{name}"
        self._files.add(path.casefold())
        self._folders.update(_above(path.casefold()))
        self.paths[upload.id] = path

    def _is_free(self, path: str) -> bool:
        """Whether a file can be there; file systems differ in whether case tells names apart."""
        folded = path.casefold()
        return not ({folded, *_above(folded)} & self._files or folded in self._folders)


def _above(path: str) -> list[str]:
    steps = path.split("/")
    return ["/".join(steps[:depth]) for depth in range(1, len(steps))]


def _folders(said: str, name: str) -> Collection[str]:
    """The folders of a path that somebody wrote into the account, when they can be trusted."""
    *folders, last = said.split("/")
    usual = all(folder == portable_name(folder) and folder[0] != "." for folder in folders)
    return folders if usual and last == name and len(said) <= _LONGEST_PATH else ()


async def _download(account: Account, held: _Held, path: str, folder: Path) -> PulledFile:
    """One upload, written below ``folder`` if that can be done."""
    upload = held.upload
    file = PulledFile(id=upload.id, name=upload.filename, bytes=upload.bytes)
    if not held.is_there:
        return replace(file, problem="the account does not have it any more")
    target = folder / path
    await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
    try:
        sha256 = await save_upload(account, upload.id, target)
    except AccountError as error:
        target.unlink(missing_ok=True)
        return replace(file, problem=f"could not be downloaded: {error}", failed=True)
    if sha256 is None:
        return replace(file, problem="the account does not give its content out")
    size = (await asyncio.to_thread(target.stat)).st_size
    if upload.bytes and size != upload.bytes:
        target.unlink()
        problem = f"could not be downloaded: {size:,} of {upload.bytes:,} bytes came"
        return replace(file, problem=problem, failed=True)
    return replace(file, path=path, bytes=size)


# --- resources ----------------------------------------------------------------------------------


def _assistant(
    remote: RemoteAssistant,
    keys: _Keys,
    files: Mapping[str, PulledFile],
    wanted: Wanted,
    chosen: _Chosen,
) -> PulledAssistant:
    spec, stamp = remote.spec, stamp_of(remote)
    remarks: tuple[str, ...] = ()
    if spec.vector_store in chosen.gone:
        remarks = ("vector store of file_search: it has expired, or does not exist any more.",)
    return PulledAssistant(
        id=remote.id,
        key=keys.of(remote),
        spec=replace(spec, code_files=(), vector_store=None, metadata=without_stamp(spec.metadata)),
        code_files=tuple(files[file_id] for file_id in dict.fromkeys(spec.code_files)),
        store=keys.of_store(spec.vector_store),
        protect=_protects(remote, wanted),
        owner=stamp.project if stamp else None,
        remarks=remarks,
    )


def _store(
    remote: RemoteStore,
    keys: _Keys,
    files: Mapping[str, PulledFile],
    wanted: Wanted,
    chosen: _Chosen,
) -> PulledStore:
    stamp = stamp_of(remote)
    return PulledStore(
        id=remote.id,
        key=keys.of(remote),
        spec=replace(remote.spec, metadata=without_stamp(remote.spec.metadata)),
        files=tuple((files[file.id], file.chunking) for file in chosen.files[remote.id]),
        protect=_protects(remote, wanted),
        owner=stamp.project if stamp else None,
    )


def _protects(remote: RemoteAssistant | RemoteStore, wanted: Wanted) -> bool:
    """Whether this project guards the object; another project's guard is its own affair."""
    stamp = stamp_of(remote)
    return stamp is not None and stamp.project == wanted.project and stamp.protects
