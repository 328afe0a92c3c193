"""Which uploads the applies of this machine made, in `.asstctl`. A cache: safe to delete.

JSON lines; each stands for itself and is added in one piece, so concurrent applies may share the
file, and a torn line loses one entry at most. What the lines mean stands in ``uploads.journal``::

    {"account": "…", "event": "begin", "entry": "…", "name": "a.md", "bytes": 6, "sha256": "…", …}
    {"account": "…", "event": "made", "entry": "…", "id": "file-1", "name": "a.md", "bytes": 6}
    {"account": "…", "event": "abandon", "entry": "…"}
    {"account": "…", "event": "deleted", "id": "file-1"}
"""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from asstctl.model.actual import Upload
from asstctl.model.file import Content
from asstctl.model.project import Project
from asstctl.sync.local.folder import Folder, account_key
from asstctl.sync.uploads.journal import Noted, Notes

_FILE: Final = "uploads.jsonl"
_DEAD_LINES: Final = 1000
"""From so many lines on that say nothing any more the file is written anew without them."""


class FileJournal:
    """An UploadJournal in ``uploads.jsonl``. ``account`` is the name that the adapter gives it."""

    def __init__(self, project: Project, account: str) -> None:
        self._folder = Folder(project.root)
        self._account = account_key(project, account)

    def begin(self, content: Content, name: str, *, since: float) -> str:
        """An upload is about to be sent; the name of this entry, a UUID."""
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
        mine = [line for line in self._lines() if line.get("account") == self._account]
        begun = {line["entry"]: _noted(line) for line in mine if line["event"] == "begin"}
        open_entries = begun.keys() - _closed(mine)
        made: dict[str, Noted] = {}
        for line in mine:
            if line["event"] == "made" and line["entry"] in open_entries:
                made[line["id"]] = _told(begun[line["entry"]], line)
        unheard_of = open_entries - _ids(mine).keys()
        return Notes(made=made, begun=tuple(begun[entry] for entry in begun if entry in unheard_of))

    def tidy(self) -> None:
        """Write the file anew when most of it is about uploads that are gone. Never raises."""
        if _without_dead(list(self._lines())) is None:
            return
        with suppress(OSError), self._folder.locked():
            # Read again: a concurrent apply may have added lines, or tidied up, meanwhile.
            kept = _without_dead(list(self._lines()))
            if kept is not None:
                self._folder.replace(_FILE, "".join(map(_as_line, kept)))

    def _add(self, event: str, entry: str = "", **fields: Any) -> None:
        line = _as_line(
            {
                "account": self._account,
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


def _told(noted: Noted, line: Mapping[str, Any]) -> Noted:
    """With the name and size that the account told; older journals did not keep them."""
    return replace(noted, called=line.get("name"), counted=line.get("bytes"))


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
