"""The uploads that one apply makes: each content once, whichever change needs it first."""

import asyncio
from collections.abc import Iterable

from asstctl.errors import AsstctlError
from asstctl.model.actual import Upload
from asstctl.model.desired import Contents
from asstctl.plan.action import FileAction
from asstctl.plan.plan import Plan
from asstctl.sync.change.creating import upload
from asstctl.sync.leftovers.journal import UploadJournal
from asstctl.sync.observer import ApplyObserver
from asstctl.sync.ports import Account


class UploadPool:
    """Shared by all changes of a plan. ``known`` are the uploads that no new one can be."""

    def __init__(
        self,
        plan: Plan,
        contents: Contents,
        account: Account,
        observer: ApplyObserver,
        journal: UploadJournal,
    ) -> None:
        self._contents = contents
        self._account = account
        self._observer = observer
        self._journal = journal
        # Whose name an upload carries: the path that the plan shows as uploaded, by content.
        self._paths = {
            file.sha256: file.path
            for change in plan.changes
            for file in change.files
            if file.action is FileAction.UPLOAD
        }
        self._known = {
            file.id for change in plan.changes if change.actual for file in change.actual.held_files
        }
        self._listed = False
        self._newest = 0.0
        self._tasks: dict[str, asyncio.Task[str]] = {}
        self._twins: dict[tuple[str, int], asyncio.Lock] = {}

    def note(self, uploads: Iterable[Upload] | None) -> None:
        """Uploads that were there before; None when the account lists none."""
        self._listed = uploads is not None
        for present in uploads or ():
            self._known.add(present.id)
            self._newest = max(self._newest, present.created_at)

    @property
    def present(self) -> frozenset[str] | None:
        """Every upload of the account by id; None when they were not listed."""
        return frozenset(self._known) if self._listed else None

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
        content = self._contents[self._paths[sha256]]
        # A lost answer is looked up by name and size: one at a time of those that share both.
        async with self._twins.setdefault((content.name, content.bytes), asyncio.Lock()):
            on_bytes = self._observer.upload_started(content)
            made = await upload(
                self._account,
                content,
                content.name,
                on_bytes,
                known=self._known,
                journal=self._journal,
                since=self._newest,
            )
            self._known.add(made.id)
        if made.bytes and made.bytes != content.bytes:
            await self.delete(made.id)
            raise AsstctlError(
                f"{content.path}: the file changed while it was being uploaded",
                why=f"It had {content.bytes} bytes when it was read and {made.bytes} arrived.",
                fix="Run the command again when nothing writes to the file.",
            )
        self._observer.upload_finished(content)
        return made.id
