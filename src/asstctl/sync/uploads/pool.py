"""The uploads that one apply makes: each content once, whichever change needs it first."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import PurePosixPath

from asstctl.errors import AsstctlError
from asstctl.model.actual import Upload
from asstctl.model.address import Kind
from asstctl.model.desired import Contents
from asstctl.model.file import Content, content_name, cores
from asstctl.model.stamp import FILE_NAME, FILE_PATH, FILE_SHA256, FileStamp, name_mark
from asstctl.plan.action import FileAction
from asstctl.plan.change import Change, FileChange
from asstctl.plan.plan import Plan
from asstctl.sync.observer import ApplyObserver
from asstctl.sync.ports import Account, FileToAttach
from asstctl.sync.uploads.differences import Differences
from asstctl.sync.uploads.hashing import hash_file
from asstctl.sync.uploads.journal import UploadJournal
from asstctl.sync.uploads.send import send_once


class UploadPool:
    """Shared by all changes of a plan.

    ``before`` are the account's uploads when the plan was made, None when it lists none. None of
    them can be one that this apply makes. ``differences`` is what the account makes of those.
    """

    def __init__(
        self,
        plan: Plan,
        contents: Contents,
        account: Account,
        observer: ApplyObserver,
        journal: UploadJournal,
        before: Iterable[Upload] | None,
    ) -> None:
        self._account = account
        self._observer = observer
        self._journal = journal
        changes = plan.changes
        held = [file for change in changes if change.actual for file in change.actual.held_files]
        self._to_send = _to_send(changes, contents)
        self._sent = _marks(changes) | {file.id: file.sent for file in held if file.sent}
        self._listed = before is not None
        present = tuple(before or ())
        self._known = {item.id for item in present} | {file.id for file in held}
        self._newest = max((item.created_at for item in present), default=0.0)
        self._tasks: dict[str, asyncio.Task[str]] = {}
        self._twins: dict[tuple[str, int], asyncio.Lock] = {}
        self.differences = Differences.seen(present, held, contents)

    @property
    def present(self) -> frozenset[str] | None:
        """Every upload of the account by id; None when they were not listed."""
        return frozenset(self._known) if self._listed else None

    def stamped(self, ids: Mapping[str, str]) -> dict[str, FileStamp]:
        """What a stamp says of uploads, by id. ``ids`` gives them by content."""
        return {
            file_id: FileStamp(sha256, self._sent.get(file_id, ""))
            for sha256, file_id in ids.items()
        }

    def to_attach(self, file: FileChange, file_id: str) -> FileToAttach:
        """A file on its way into a store, telling itself what it is.

        An upload that several paths share was sent under the name of one of them.
        """
        attributes = {FILE_SHA256: file.sha256 or "", FILE_PATH: file.path}
        sent = self._sent.get(file_id, "")
        if sent not in ("", name_mark(PurePosixPath(file.path).name)):
            attributes[FILE_NAME] = sent
        return FileToAttach(file_id=file_id, attributes=attributes, chunking=file.chunking)

    async def provide(self, sha256: str) -> str:
        """The id of the upload with this content. Raises AsstctlError, to all who wait for it."""
        task = self._tasks.get(sha256)
        if task is None:
            task = asyncio.create_task(self._send(sha256))
            # Retrieve the exception even if all who waited were cancelled: asyncio logs it else.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._tasks[sha256] = task
        return await asyncio.shield(task)

    async def delete(self, file_id: str) -> None:
        """Delete an upload that nothing needs any more."""
        await self._account.delete_upload(file_id)
        self._journal.deleted(file_id)

    async def _send(self, sha256: str) -> str:
        content, name = self._to_send[sha256]
        async with self._alone(content, name):
            on_bytes = self._observer.upload_started(content)
            upload = await send_once(
                self._account,
                content,
                name,
                on_bytes,
                known=self._known,
                journal=self._journal,
                since=self._newest,
            )
            self._known.add(upload.id)
        await self._check(content, name, upload)
        self._sent[upload.id] = name_mark(name)
        self._observer.upload_finished(content)
        return upload.id

    @asynccontextmanager
    async def _alone(self, content: Content, name: str) -> AsyncIterator[None]:
        """A lost answer is looked up by name and size: one at a time of those that are alike."""
        async with AsyncExitStack() as stack:
            for core in sorted(cores(name)):
                lock = self._twins.setdefault((core, content.bytes), asyncio.Lock())
                await stack.enter_async_context(lock)
            yield

    async def _check(self, content: Content, name: str, upload: Upload) -> None:
        """Compare what the account says of an upload with what was sent. Raises AsstctlError.

        Where it counts other bytes than were hashed, the file itself tells who is right.
        """
        if upload.bytes and upload.bytes != content.bytes:
            try:
                now = await asyncio.to_thread(hash_file, content.file)
            except AsstctlError:
                await self.delete(upload.id)
                raise
            if now.sha256 != content.sha256:
                await self.delete(upload.id)
                raise _changed(content, upload)
        self.differences.note(content, name, upload)


def _to_send(
    changes: Iterable[Change], contents: Contents
) -> dict[str | None, tuple[Content, str]]:
    """By content: the file that the plan shows as uploaded, and the name that the upload gets.

    Citations show the names of what assistants and stores hold. In a sandbox a file has the path
    that the environment says, so the upload's own name is free to tell its content.
    """
    found: dict[str | None, tuple[Content, str]] = {}
    for change in changes:
        hidden = change.address.kind is Kind.ENVIRONMENT
        for file in change.files:
            if file.action is FileAction.UPLOAD:
                content = contents[file.path]
                found[file.sha256] = content, content_name(content) if hidden else content.name
    return found


def _marks(changes: Iterable[Change]) -> dict[str, str]:
    """The marks of the names under which planned uploads were sent, by id, as far as known."""
    marks: dict[str, str] = {}
    for change in changes:
        for file in change.files:
            if file.file_id and file.sent:
                marks[file.file_id] = file.sent
    return marks


def _changed(content: Content, upload: Upload) -> AsstctlError:
    return AsstctlError(
        f"{content.path}: the file changed while it was being uploaded",
        why=f"It had {content.bytes} bytes when it was read and {upload.bytes} arrived.",
        fix="Run the command again when nothing writes to the file.",
    )
