"""The uploads that the objects refer to, and a place for each: their names are only proposals."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from asstctl.model.actual import Upload
from asstctl.model.file import portable_name
from asstctl.model.paths import folded
from asstctl.model.pulled import PulledFile
from asstctl.sync.ports import (
    Account,
    AccountError,
)
from asstctl.sync.pull.choice import Chosen
from asstctl.sync.uploads.download import save_upload
from asstctl.sync.uploads.recognise import uploads_named

_LONGEST_PATH: Final = 200
"""Of the folders in a file's path, in characters."""


_TAKEN: Final = frozenset({"asstctl.yaml", "assistants", "prompts", "tools"})
"""At the top of a project: what manifests and their texts lie in."""


@dataclass(frozen=True, slots=True)
class ReferencedUpload:
    """An upload that something refers to, whether it is there (still) or not."""

    upload: Upload
    is_there: bool = True


async def referenced_uploads(account: Account, chosen: Chosen) -> Mapping[str, ReferencedUpload]:
    """Every upload that is referred to, by id; asked for one by one where no list shows it."""
    ids = {file.id for files in chosen.files.values() for file in files}
    ids |= {file_id for item in chosen.assistants for file_id in item.spec.code_files}
    ids |= uploads_named(item.spec for item in chosen.environments)
    listed = {upload.id: ReferencedUpload(upload) for upload in await account.list_uploads() or ()}
    hidden = sorted(ids - listed.keys())
    single = await asyncio.gather(*map(account.get_upload, hidden))
    for file_id, upload in zip(hidden, single, strict=True):
        none = Upload(id=file_id, filename="", bytes=0)
        listed[file_id] = ReferencedUpload(upload or none, is_there=upload is not None)
    return {file_id: listed[file_id] for file_id in sorted(ids)}


class Layout:
    """A path for every upload: in the folder of the first resource that holds it.

    What an environment names has its place in the sandbox, and the same one in the project.
    ``paths`` and ``uploads`` are by place: an upload's id, or ``sandbox_place``.
    """

    def __init__(self) -> None:
        self.paths: dict[str, str] = {}
        self.uploads: dict[str, ReferencedUpload] = {}
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._by_path: dict[str, str] = {}

    def add(self, referenced: ReferencedUpload, key: str, said: str) -> None:
        """Find a place. ``said`` is the path that the file's attributes give, if any."""
        upload = referenced.upload
        if upload.id in self.paths:
            return
        name = portable_name(upload.filename or said)
        folder = "/".join(("files", key, *_folders(said, name)))
        path, number = f"{folder}/{name}", 1
        # A name is what citations show, so of two files with one name the folder differs.
        while not self._is_free(path):
            number += 1
            path = f"{folder}/{number}/{name}"
        self._put(upload.id, path, referenced)

    def add_at(self, place: str, path: str, referenced: ReferencedUpload) -> bool:
        """Put an upload at a path of the sandbox; False where the project cannot have it there."""
        shared = self.uploads.get(self._by_path.get(folded(path), ""))
        if shared is not None and shared.upload.id == referenced.upload.id:
            self.paths[place], self.uploads[place] = path, referenced
            return True
        if not _is_projects(path) or not self._is_free(path):
            return False
        self._put(place, path, referenced)
        return True

    def _put(self, place: str, path: str, referenced: ReferencedUpload) -> None:
        self._files.add(folded(path))
        self._folders.update(_above(folded(path)))
        self._by_path[folded(path)] = place
        self.paths[place], self.uploads[place] = path, referenced

    def _is_free(self, path: str) -> bool:
        """Whether a file can be there, also where names of other case or form are the same."""
        name = folded(path)
        return not ({name, *_above(name)} & self._files or name in self._folders)


def sandbox_place(environment_id: str, path: str) -> str:
    """What a file of an environment is called among the places of uploads."""
    return f"{environment_id} {path}"


def _is_projects(path: str) -> bool:
    """Whether a file of a sandbox can lie at the same path of a project, among nothing else."""
    steps = path.split("/")
    usual = all(step == portable_name(step) for step in steps)
    return usual and len(path) <= _LONGEST_PATH and steps[0] not in _TAKEN


def _above(path: str) -> list[str]:
    steps = path.split("/")
    return ["/".join(steps[:depth]) for depth in range(1, len(steps))]


def _folders(said: str, name: str) -> Collection[str]:
    """The folders of a path that the account gives, where they are safe to use."""
    *folders, last = said.split("/")
    usual = all(folder == portable_name(folder) and folder[0] != "." for folder in folders)
    return folders if usual and last == name and len(said) <= _LONGEST_PATH else ()


async def download(
    account: Account, referenced: ReferencedUpload, path: str, folder: Path
) -> PulledFile:
    """One upload, written below ``folder`` if that can be done."""
    upload = referenced.upload
    file = PulledFile(id=upload.id, name=upload.filename, bytes=upload.bytes)
    if not referenced.is_there:
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
