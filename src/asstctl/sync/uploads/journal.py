"""What a journal of uploads knows. See ``local.upload_journal`` for the one that is kept on disk.

An upload carries no metadata. Until something refers to it, nothing in the account tells whose it
is: a run that is killed in between leaves an orphan. Each upload is therefore noted before it is
sent and again when its id is known. A journal is a cache of proofs: safe to delete, and what it
alone proved is then sent again.

Example: apply notes ``begin`` for a.md (6 bytes, its hash) and is killed. The upload may have
arrived or not. The next apply finds the begun entry and looks for a loose upload called a.md with
6 bytes that came later. Had it been killed a moment later, ``made`` would tell the id as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from asstctl.model.actual import Upload
from asstctl.model.file import Content, is_like


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """An upload that was begun: its name, its content, and when.

    ``since`` is a time of the account's own clock: what was uploaded last before this one.
    ``called`` and ``counted`` are its name and size as the account told them, once it had.
    """

    name: str
    bytes: int
    sha256: str
    since: float = 0.0
    called: str | None = None
    counted: int | None = None

    def is_of(self, upload: Upload) -> bool:
        """Whether an upload with the id of this one is this one: a server may start over."""
        called = self.name if self.called is None else self.called
        counted = self.bytes if self.counted is None else self.counted
        return upload.bytes == counted and is_like(upload.filename, called)

    def may_be(self, upload: Upload) -> bool:
        """Whether an upload may be this one, of which no answer told the id."""
        return upload.bytes == self.bytes and is_like(upload.filename, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What a journal holds of one account: uploads by id, and those whose id nobody heard."""

    made: Mapping[str, Noted] = field(default_factory=dict)
    begun: tuple[Noted, ...] = ()


class UploadJournal(Protocol):
    """Takes note of uploads. No method raises: an apply goes on without a journal."""

    def begin(self, content: Content, name: str, *, since: float) -> str:
        """An upload is about to be sent under this name; the name of this entry.

        ``since`` is a Unix time in seconds, of the account's clock: when the newest upload was
        made that was there before.
        """

    def made(self, entry: str, upload: Upload) -> None:
        """The upload of this entry arrived, and this is what the account calls it."""

    def abandon(self, entry: str) -> None:
        """The upload of this entry certainly did not happen."""

    def deleted(self, upload_id: str) -> None:
        """The upload is gone."""

    def notes(self) -> Notes:
        """Every upload that is still there as far as the journal knows."""


class NoJournal:
    """Knows of no upload. Proofs in the account are then all there are."""

    def begin(self, content: Content, name: str, *, since: float) -> str:
        """An entry without a name: it is not kept."""
        return ""

    def made(self, entry: str, upload: Upload) -> None:
        """Not kept."""

    def abandon(self, entry: str) -> None:
        """Not kept."""

    def deleted(self, upload_id: str) -> None:
        """Not kept."""

    def notes(self) -> Notes:
        """No uploads."""
        return Notes()
