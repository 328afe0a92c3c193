"""Running the code that a model writes: its files in, what it printed and made out."""

import asyncio
import filecmp
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from asstctl.emulator.ids import new_id
from asstctl.emulator.models.base import CodeCall, CodeFile, ModelError, Prompt
from asstctl.emulator.storage import Storage
from asstctl.emulator.store import files
from asstctl.emulator.store.blobs import BlobWriter, FileReader
from asstctl.emulator.text.extract import extension
from asstctl.emulator.work.interpreter import Interpreter, UnstartableError
from asstctl.emulator.work.made import made

DECLINED = "The code interpreter is not available: this account runs no code. Nothing was executed."
_TELLING = frozenset("csv tsv txt json md".split())  # noqa: SIM905 - reads best so
_MAX_TOLD_BYTES = 32_000
_MAX_ALL_TOLD_BYTES = 128_000
_MAX_FILES = 50
_MAX_BYTES = 100 * 1024 * 1024
_UNSAFE = re.compile(r"[^\w.()+ -]")


async def tell_files(storage: Storage, prompt: Prompt, *, runs: bool, room: int) -> Prompt:
    """Say whether code runs here; where not, give the model small files, ``room`` bytes in all."""
    prompt = replace(prompt, runs_code=runs)
    if runs or not prompt.code_files or not prompt.has_tool("code_interpreter"):
        return prompt
    told = await asyncio.to_thread(_read_small, storage, prompt.code_files, room)
    return replace(prompt, code_files=told)


def _read_small(storage: Storage, given: tuple[CodeFile, ...], room: int) -> tuple[CodeFile, ...]:
    room = min(room, _MAX_ALL_TOLD_BYTES)
    told = []
    for file in given:
        with FileReader(storage.database, file.id) as reader:
            if reader.size <= min(room, _MAX_TOLD_BYTES) and extension(file.name) in _TELLING:
                room -= reader.size
                data = io.BufferedReader(reader).read()
                file = replace(file, text=data.decode("utf-8", "replace"))
        told.append(file)
    return tuple(told)


async def run(
    storage: Storage,
    interpreter: Interpreter | None,
    prompt: Prompt,
    call: CodeCall,
    tell: Callable[[str], None],
) -> CodeCall:
    """Give a call with what came of its code; ``tell`` gets what it prints, as it prints it.

    Raises `ModelError` when the program that runs code cannot be started.
    """
    if interpreter is None:
        tell(DECLINED)
        return replace(call, logs=DECLINED)
    workshop = await asyncio.to_thread(_Workshop.open, storage, _inputs(prompt))
    try:
        document = workshop.document(call.code, interpreter.timeout)
        ran = await interpreter.run(document, tell)
        kept, left = await asyncio.to_thread(workshop.keep)
    except UnstartableError as error:
        raise ModelError(f"The code interpreter cannot be started: {error}") from error
    finally:
        await asyncio.to_thread(workshop.close)
    told = " ".join(text for text in (ran.failure, left) if text)
    if told:
        told = f"\n{told}" if ran.logs and not ran.logs.endswith("\n") else told
        tell(told)
    return replace(call, logs=ran.logs + told, files=kept)


def _inputs(prompt: Prompt) -> tuple[CodeFile, ...]:
    """Give the files that code finds: those it was given, and what it has made since."""
    return (*prompt.code_files, *made(prompt.rounds))


@dataclass(frozen=True, slots=True)
class _Workshop:
    """A temporary folder with the files of one call in one folder and an empty one beside it."""

    storage: Storage
    root: Path
    names: tuple[str, ...]

    @classmethod
    def open(cls, storage: Storage, given: tuple[CodeFile, ...]) -> "_Workshop":
        root = Path(tempfile.mkdtemp(prefix="asstctl-code-"))
        try:
            (root / "output").mkdir()
            (root / "files").mkdir()
            latest = {file_name(file.name): file for file in given}
            for name, file in latest.items():
                place = root / "files" / name
                with (
                    io.BufferedReader(FileReader(storage.database, file.id)) as source,
                    place.open("wb") as target,
                ):
                    shutil.copyfileobj(source, target)
        except BaseException:
            shutil.rmtree(root, ignore_errors=True)
            raise
        return cls(storage, root, tuple(latest))

    def close(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def document(self, code: str, timeout: float) -> bytes:
        """Give what the program reads."""
        found = [{"name": name, "path": str(self.root / "files" / name)} for name in self.names]
        output = str(self.root / "output")
        body = {"code": code, "files": found, "output_folder": output, "timeout": timeout}
        return json.dumps(body).encode()

    def keep(self) -> tuple[tuple[CodeFile, ...], str]:
        """Take in the new files, and say what was too much. Links are not followed."""
        kept: list[CodeFile] = []
        room = _MAX_BYTES
        for path in self._new():
            size = path.lstat().st_size
            if len(kept) == _MAX_FILES or size > room:
                megabytes = _MAX_BYTES // 1024**2
                return tuple(kept), f"Not every file was kept: {_MAX_FILES} and {megabytes} MiB."
            room -= size
            kept.append(self._take(path))
        return tuple(kept), ""

    def _new(self) -> Iterator[Path]:
        output = self.root / "output"
        for folder, _, names in sorted(os.walk(output)):
            for name in sorted(names):
                path = Path(folder, name)
                given = self.root / "files" / path.relative_to(output)
                if path.is_symlink() or not path.is_file():
                    continue
                if given.is_file() and filecmp.cmp(given, path, shallow=False):
                    continue
                yield path

    def _take(self, path: Path) -> CodeFile:
        storage = self.storage
        blob = BlobWriter(storage.database, storage.clock())
        with path.open("rb") as source:
            while data := source.read(65_536):
                if blob.feed(data):
                    blob.flush()
        blob.flush(last=True)
        # A name that is no UTF-8 could not be kept.
        shown = os.fsencode(path.relative_to(self.root / "output").as_posix())
        name = shown.decode("utf-8", "replace")
        with storage.database.write() as connection:
            file = files.create(
                connection, storage.now, new_id(files.PREFIX), filename=name,
                purpose="assistants_output", size=blob.size, blob_ids=[blob.id], expires_after=None,
            )  # fmt: skip
        return CodeFile(file["id"], name)


def file_name(name: str) -> str:
    """Give the name that a file has beside the code: of one folder, without surprises."""
    parts = name.replace("\\", "/").split("/")
    safe = [_UNSAFE.sub("_", part).lstrip(".")[:100] for part in parts]
    return "_".join(part for part in safe if part) or "file"
