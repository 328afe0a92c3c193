"""What an adopted object's files hold, as far as the account shows it.

Only content that the manifest wants is looked for and proven. Every plan then knows it again, and
may replace it. Whatever else the object holds stays unproven, and asstctl deletes none of it.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from asstctl.model.actual import Actual
from asstctl.model.desired import Contents, DesiredResource
from asstctl.model.file import Content, is_named
from asstctl.model.stamp import FILE_PATH, FILE_SHA256, Stamp
from asstctl.model.vector_store import StoreFile
from asstctl.sync.ports import Account, AccountError, RemoteFile
from asstctl.sync.uploads.download import hash_upload

_MOST_ATTRIBUTES: Final = 16
_LONGEST_PATH: Final = 512


@dataclass(frozen=True, slots=True)
class ProvenFiles:
    """The files of an object in the manifest's terms: by content where it is proven, else by id.

    ``hashes`` is the content by id that only a stamp can say. ``complete``: all are proven.
    """

    refs: tuple[StoreFile, ...] = ()
    hashes: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True


class Prover:
    """Compares what the account holds with what one manifest wants.

    ``earlier`` is the stamp that the object carries already, if any.
    """

    def __init__(
        self,
        account: Account,
        resource: DesiredResource,
        contents: Contents,
        actual: Actual,
        earlier: Stamp | None,
    ) -> None:
        self._account = account
        self._earlier = earlier
        self._uploads = {upload.id: upload for upload in actual.uploads or ()}
        self._wanted: dict[str, list[Content]] = {}
        for path in sorted(file.path for file in resource.files):
            self._wanted.setdefault(contents[path].sha256, []).append(contents[path])

    async def code_files(self, file_ids: Iterable[str]) -> ProvenFiles:
        """The files of a code interpreter. An upload that cannot be read is not proven."""
        file_ids = tuple(file_ids)
        found = await asyncio.gather(*map(self._content, file_ids))
        hashes = dict(zip(file_ids, found, strict=True))
        return ProvenFiles(
            refs=tuple(StoreFile(sha256 or file_id) for file_id, sha256 in hashes.items()),
            hashes={file_id: sha256 for file_id, sha256 in hashes.items() if sha256},
            complete=all(hashes.values()),
        )

    async def store_files(self, store_id: str) -> ProvenFiles:
        """The files of a vector store; their attributes are set where the server keeps any.

        Raises AccountError when the store's files cannot be listed or attributes not be set.
        """
        files = await self._account.list_store_files(store_id)
        hashes = await asyncio.gather(*(self._store_file(file) for file in files))
        said = await asyncio.gather(
            *(self._say(store_id, file, sha256) for file, sha256 in zip(files, hashes, strict=True))
        )
        known = {file.id: sha256 for file, sha256 in zip(files, hashes, strict=True) if sha256}
        refs = [
            StoreFile(sha256 or file.id, file.chunking, self._name(file, sha256))
            for file, sha256 in zip(files, hashes, strict=True)
        ]
        return ProvenFiles(
            # Of two with one content the last counts: the one that is called as is wanted.
            refs=tuple(sorted(refs, key=self._is_called_as_wanted)),
            hashes={} if all(said) else known,
            complete=len(known) == len(files),
        )

    async def _store_file(self, file: RemoteFile) -> str | None:
        said = file.attributes.get(FILE_SHA256)
        return said if isinstance(said, str) else await self._content(file.id)

    async def _content(self, file_id: str) -> str | None:
        """The content of an upload, when it is one that the manifest wants."""
        if self._earlier is not None and (known := self._earlier.file(file_id)):
            return known.sha256
        upload = self._uploads.get(file_id)
        sizes = {same[0].bytes for same in self._wanted.values()}
        if upload is not None and upload.bytes and upload.bytes not in sizes:
            return None
        try:
            sha256 = await hash_upload(self._account, file_id)
        except AccountError:
            return None
        return sha256 if sha256 in self._wanted else None

    async def _say(self, store_id: str, file: RemoteFile, sha256: str | None) -> bool:
        """Have the file itself say what it holds; whether nothing is left for the stamp to say."""
        if sha256 is None or file.attributes.get(FILE_SHA256) == sha256:
            return True
        attributes = {**file.attributes, FILE_SHA256: sha256, FILE_PATH: self._path(file, sha256)}
        if len(attributes) > _MOST_ATTRIBUTES:
            return False
        kept = await self._account.set_attributes(store_id, file.id, attributes)
        return kept is not None and kept.attributes.get(FILE_SHA256) == sha256

    def _path(self, file: RemoteFile, sha256: str) -> str:
        """The manifest's path, unless citations show another name than any such path has."""
        upload, same = self._uploads.get(file.id), self._wanted[sha256]
        if upload is None:
            return same[0].path[-_LONGEST_PATH:]
        called = (content.path for content in same if is_named(upload.filename, content.name))
        return next(called, upload.filename)[-_LONGEST_PATH:]

    def _name(self, file: RemoteFile, sha256: str | None) -> str | None:
        said = file.attributes.get(FILE_PATH)
        if isinstance(said, str):
            return said.rpartition("/")[2]
        return self._path(file, sha256).rpartition("/")[2] if sha256 in self._wanted else None

    def _is_called_as_wanted(self, file: StoreFile) -> bool:
        same = self._wanted.get(file.ref)
        return same is not None and same[0].name == file.name
