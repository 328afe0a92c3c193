"""An entry of a bundle: one assistant's request, and beside it what a stamp holds.

On the port an assistant carries its stamp in its metadata, as on every API. An entry keeps the
two apart: ``request.metadata`` is what an application sends, the stamp is ``digest``, ``fields``
and ``files``. The project and the key are the bundle's; no commit is named, so that equal
manifests give equal bytes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

from asstctl.model.assistant import AssistantSpec
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.stamp import (
    MOST_FILES,
    FieldStamp,
    FileStamp,
    Stamp,
    by_short_id,
    name_mark,
)
from asstctl.remote.responses.decode import needs_of, read_request
from asstctl.remote.responses.encode import request_of
from asstctl.remote.storage import values
from asstctl.sync.ports import RemoteAssistant

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MARK: Final = re.compile(r"[A-Za-z0-9_-]{2}")


def entry_of(
    spec: AssistantSpec, stamp: Stamp, before: JsonObject, shown: Mapping[str, str]
) -> JsonObject:
    """The entry of a bound spec. ``before`` is the one in whose place it comes.

    A stamp names uploads by short ids. Whole ones are those that the spec holds, and those of
    ``before``: what an assistant let go of is remembered until it is deleted. ``shown`` are the
    names of uploads in the account, by id: the mark of the name that was sent is only kept where
    the account has made another of it.
    """
    files = _by_whole_id(stamp, (*values.mapping(before.get("files")), *spec.code_files))
    entry: dict[str, JsonValue] = {
        "name": spec.name,
        "digest": stamp.digest,
        "fields": {name: str(field) for name, field in (stamp.fields or {}).items()},
        "files": {file_id: file.sha256 for file_id, file in files.items()},
        "sent": _renamed(files, shown, before),
        "needs": needs_of(spec.tools),
        "request": request_of(spec),
    }
    return {name: value for name, value in entry.items() if value not in (None, {}, [])}


def read_entry(project: str, key: str, entry: JsonObject) -> RemoteAssistant:
    """The assistant of an entry, which anybody may have edited: see ``read_request``."""
    spec = read_request(
        values.mapping(entry.get("request")),
        name=values.text(entry.get("name")),
        needs=values.texts(entry.get("needs")),
    )
    stamp = Stamp(
        project=project,
        key=key,
        digest=values.text(entry.get("digest")) or "",
        fields=_fields(entry.get("fields")),
        files=_files(entry),
    )
    metadata = {**spec.metadata, **stamp.to_metadata()}
    return RemoteAssistant(id=key, spec=replace(spec, metadata=metadata))


def _by_whole_id(stamp: Stamp, file_ids: Iterable[str]) -> Mapping[str, FileStamp]:
    """What a stamp knows of these uploads."""
    known = {file_id: stamp.file(file_id) for file_id in file_ids}
    return {file_id: file for file_id, file in known.items() if file is not None}


def _renamed(
    files: Mapping[str, FileStamp], shown: Mapping[str, str], before: JsonObject
) -> dict[str, str]:
    """The marks of names that the account has changed; of an unseen upload, as before."""

    def is_renamed(file_id: str, mark: str) -> bool:
        if (name := shown.get(file_id)) is not None:
            return name_mark(PurePosixPath(name).name) != mark
        return file_id in values.mapping(before.get("sent"))

    marks = {file_id: file.sent for file_id, file in files.items() if file.sent}
    return {file_id: mark for file_id, mark in marks.items() if is_renamed(file_id, mark)}


def _fields(value: JsonValue) -> Mapping[str, FieldStamp] | None:
    """The digests per field; None when somebody damaged them, as in any stamp."""
    fields = values.mapping(value)
    texts = {name: text for name, text in fields.items() if isinstance(text, str)}
    if not isinstance(value, Mapping) or len(texts) < len(fields):
        return None
    return {name: FieldStamp.parse(text) for name, text in texts.items()}


def _files(entry: JsonObject) -> Mapping[str, FileStamp]:
    """What is known of uploads, by short id, as far as it can be true."""
    sent = values.mapping(entry.get("sent"))
    known = {
        file_id: FileStamp(sha256, _matching(_MARK, sent.get(file_id)))
        for file_id, value in values.mapping(entry.get("files")).items()
        if (sha256 := _matching(_SHA256, value))
    }
    return by_short_id(dict(islice(known.items(), MOST_FILES)))


def _matching(pattern: re.Pattern[str], value: JsonValue) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""
