"""An upload journal in memory, to be copied with the account that it speaks of."""

from dataclasses import dataclass, field

from asstctl.model.actual import Upload
from asstctl.model.file import Content
from asstctl.sync.uploads.journal import Noted, Notes


@dataclass
class MemoryJournal:
    """Takes notes as the journal on disk does."""

    begun: dict[str, Noted] = field(default_factory=dict)
    arrived: dict[str, Noted] = field(default_factory=dict)
    entries: int = 0

    def begin(self, content: Content, name: str, *, since: float) -> str:
        self.entries += 1
        entry = str(self.entries)
        self.begun[entry] = Noted(
            name=name, bytes=content.bytes, sha256=content.sha256, since=since
        )
        return entry

    def made(self, entry: str, upload: Upload) -> None:
        self.arrived[upload.id] = self.begun.pop(entry)

    def abandon(self, entry: str) -> None:
        del self.begun[entry]

    def deleted(self, upload_id: str) -> None:
        self.arrived.pop(upload_id, None)

    def notes(self) -> Notes:
        return Notes(made=dict(self.arrived), begun=tuple(self.begun.values()))
