"""What the account's objects hold: each file with the proof of its content, if there is one."""

from functools import cached_property
from pathlib import PurePosixPath

from asstctl.model.actual import AttachedFile, IndexStatus
from asstctl.model.stamp import FILE_NAME, FILE_PATH, FILE_SHA256, FileStamp, Stamp, name_mark
from asstctl.sync.ports import RemoteFile
from asstctl.sync.uploads.journal import Notes, UploadJournal


def code_file(file_id: str, stamp: Stamp) -> AttachedFile:
    """A file of a code interpreter: only the stamp of its assistant tells what it is."""
    known = stamp.file(file_id) or FileStamp("")
    return AttachedFile(id=file_id, sha256=known.sha256 or None, sent=known.sent)


class StoreFiles:
    """Files of vector stores: attributes come first, then the store's stamp, then the journal.

    The journal is read once, and only when the account itself proves nothing of some file.
    """

    def __init__(self, journal: UploadJournal) -> None:
        self._journal = journal

    def attached(self, file: RemoteFile, stamp: Stamp) -> AttachedFile:
        """A file of the store that carries this stamp; ``sha256`` is None where nothing proves it.

        Concurrent applies may both attach files, and the one that stamps last does not know what
        the other attached: where attributes are not kept, the journal still does.
        """
        sha256, path, mark = (
            _attribute(file, name) for name in (FILE_SHA256, FILE_PATH, FILE_NAME)
        )
        stamped = code_file(file.id, stamp)
        sent = mark or (name_mark(PurePosixPath(path).name) if path else stamped.sent)
        sha256 = sha256 or stamped.sha256
        if sha256 is None and (noted := self._notes.made.get(file.id)) is not None:
            sha256, sent = noted.sha256, sent or name_mark(noted.name)
        return AttachedFile(
            id=file.id,
            status=IndexStatus(file.status),
            sha256=sha256,
            sent=sent,
            path=path,
            chunking=file.chunking,
            error=file.error,
        )

    @cached_property
    def _notes(self) -> Notes:
        return self._journal.notes()


def _attribute(file: RemoteFile, name: str) -> str | None:
    value = file.attributes.get(name)
    return value if isinstance(value, str) else None
