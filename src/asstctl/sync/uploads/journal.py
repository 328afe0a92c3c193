"""Which uploads the applies of this machine made: a help to the memory, not state.

An upload carries no metadata. Until something refers to it, nothing in the account tells whose it
is, so a run that is killed in between would leave a stranger behind. Each upload is therefore
noted here before it is sent and again when its id is known. Losing the file loses only the proof.
"""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from asstctl.model.actual import Upload
from asstctl.model.file import Content, is_like
from asstctl.model.project import Project
from asstctl.sync.local.folder import Folder, account_key

_FILE: Final = "uploads.jsonl"
_DEAD_LINES: Final = 1000
"""From so many lines on that say nothing any more the file is written anew without them."""


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
    """Takes note of uploads. Taking note never fails."""

    def begin(self, content: Content, name: str, *, since: float) -> str:
        """An upload is about to be sent; the name of this entry."""

    def made(self, entry: str, upload: Upload) -> None:
        """The upload arrived."""

    def abandon(self, entry: str) -> None:
        """The upload certainly did not happen."""

    def deleted(self, upload_id: str) -> None:
        """The upload is gone."""

    def notes(self) -> Notes:
        """Every upload that is still there as far as the journal knows."""


class NoJournal:
    """A journal that nobody keeps."""

    def begin(self, content: Content, name: str, *, since: float) -> str:
        """Nothing."""
        return ""

    def made(self, entry: str, upload: Upload) -> None:
        """Nothing."""

    def abandon(self, entry: str) -> None:
        """Nothing."""

    def deleted(self, upload_id: str) -> None:
        """Nothing."""

    def notes(self) -> Notes:
        """None."""
        return Notes()


class FileJournal:
    """JSON lines in the project's own folder; every line stands for itself and is added whole."""

    def __init__(self, project: Project, account: str) -> None:
        self._folder = Folder(project.root)
        self._place = account_key(project, account)

    def begin(self, content: Content, name: str, *, since: float) -> str:
        """An upload is about to be sent; the name of this entry."""
        entry = uuid.uuid4().hex
        self._add(
            "begin", entry, name=name, bytes=content.bytes, sha256=content.sha256, since=since
        )
        return entry

    def made(self, entry: str, upload: Upload) -> None:
        """The upload arrived."""
        self._add("made", entry, id=upload.id, name=upload.filename, bytes=upload.bytes)

    def abandon(self, entry: str) -> None:
        """The upload certainly did not happen."""
        self._add("abandon", entry)

    def deleted(self, upload_id: str) -> None:
        """The upload is gone."""
        self._add("deleted", id=upload_id)

    def notes(self) -> Notes:
        """Every upload that is still there as far as the journal knows."""
        mine = [line for line in self._lines() if line.get("account") == self._place]
        begun = {line["entry"]: _noted(line) for line in mine if line["event"] == "begin"}
        ids = _ids(mine)
        closed = _closed(mine)
        told = (line for line in mine if line["event"] == "made" and line["entry"] in begun)
        return Notes(
            made={
                line["id"]: replace(
                    begun[line["entry"]], called=line.get("name"), counted=line.get("bytes")
                )
                for line in told
                if line["entry"] not in closed
            },
            begun=tuple(
                begun[entry] for entry in begun if entry not in ids and entry not in closed
            ),
        )

    def tidy(self) -> None:
        """Write the file anew when most of it is about uploads that are gone."""
        if _without_dead(list(self._lines())) is None:
            return
        with suppress(OSError), self._folder.locked():
            # Read again: somebody may have added lines, or tidied up, before the lock was ours.
            kept = _without_dead(list(self._lines()))
            if kept is not None:
                self._folder.replace(_FILE, "".join(map(_as_line, kept)))

    def _add(self, event: str, entry: str = "", **fields: Any) -> None:
        line = _as_line(
            {
                "account": self._place,
                "event": event,
                **({"entry": entry} if entry else {}),
                **fields,
            }
        )
        with suppress(OSError):
            self._folder.append(_FILE, line)

    def _lines(self) -> Iterator[dict[str, Any]]:
        """Every line that can be read as one of ours; a torn or foreign one is passed over."""
        try:
            text = self._folder.read(_FILE)
        except OSError:
            return
        for line in text.splitlines():
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, dict) and _is_sound(value):
                yield value


def _is_sound(line: Mapping[str, Any]) -> bool:
    match line:
        case {
            "event": "begin",
            "entry": str(),
            "name": str(),
            "bytes": int(),
            "sha256": str(),
            "since": int() | float(),
        }:
            return True
        case {"event": "made", "entry": str(), "id": str()}:
            return isinstance(line.get("name", ""), str) and isinstance(line.get("bytes", 0), int)
        case {"event": "abandon", "entry": str()} | {"event": "deleted", "id": str()}:
            return True
        case _:
            return False


def _noted(line: Mapping[str, Any]) -> Noted:
    return Noted(name=line["name"], bytes=line["bytes"], sha256=line["sha256"], since=line["since"])


def _ids(lines: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {line["entry"]: line["id"] for line in lines if line["event"] == "made"}


def _closed(lines: Iterable[Mapping[str, Any]]) -> set[str]:
    """Entries of uploads that did not happen or are gone."""
    lines = list(lines)
    gone = {line["id"] for line in lines if line["event"] == "deleted"}
    entries = {entry for entry, upload_id in _ids(lines).items() if upload_id in gone}
    return entries | {line["entry"] for line in lines if line["event"] == "abandon"}


def _without_dead(lines: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """The lines that still say something; None while too few do not for it to matter."""
    closed = _closed(lines)
    kept = [line for line in lines if line.get("entry", "") not in closed | {""}]
    return None if len(lines) - len(kept) < max(_DEAD_LINES, len(kept)) else kept


def _as_line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":")) + "\n"
