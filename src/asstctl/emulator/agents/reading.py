"""Putting files into an environment: their text is read once, and they need no upload any more."""

import asyncio
import io
from dataclasses import dataclass
from typing import IO

from asstctl.emulator.ids import new_id
from asstctl.emulator.requests.environments import decoded
from asstctl.emulator.storage import Storage
from asstctl.emulator.store import environments
from asstctl.emulator.store.blobs import FileReader
from asstctl.emulator.store.collections import FILES, Body
from asstctl.emulator.store.database import Database
from asstctl.emulator.text.apart import extract_apart
from asstctl.emulator.text.chunk import chunk
from asstctl.emulator.text.unreadable import UnreadableError

_PASSAGE_TOKENS, _OVERLAP_TOKENS = 800, 400


class GoneError(Exception):
    """An upload that an environment names is not there any more."""


@dataclass(frozen=True, slots=True)
class _Content:
    size: int
    passages: tuple[str, ...]


async def put(storage: Storage, environment_id: str, file: Body) -> Body:
    """Copy a file into an environment, in the place of one with its path; gives it as it shows.

    Raises `GoneError`. What is no text is there, but nothing of it can be quoted.
    """
    content = await asyncio.to_thread(_read, storage.database, file)
    with storage.write() as writer:
        environments.put_file(
            writer.connection,
            writer.database,
            environment_id,
            file["path"],
            content.size,
            content.passages,
        )
    shown: Body = {name: value for name, value in file.items() if name != "data"}
    return {"id": new_id("envfile_")} | shown | {"size_bytes": content.size}


def _read(database: Database, file: Body) -> _Content:
    if file["type"] == "inline":
        data = decoded(file["data"])
        return _Content(len(data), _passages(io.BytesIO(data), file["path"]))
    upload = FILES.find(database, file["file_id"])
    gone = GoneError(f"No file found with id '{file['file_id']}', which is '{file['path']}'.")
    if upload is None:
        raise gone
    try:
        raw = FileReader(database, file["file_id"])
        with io.BufferedReader(raw) as stream:
            return _Content(upload["bytes"], _passages(stream, file["path"]))
    except FileNotFoundError:
        raise gone from None


def _passages(stream: IO[bytes], path: str) -> tuple[str, ...]:
    try:
        text = extract_apart(stream, path, lambda: None)
    except UnreadableError:
        return ()
    return tuple(chunk(text, _PASSAGE_TOKENS, _OVERLAP_TOKENS))
