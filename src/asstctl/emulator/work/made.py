"""The files of code: those that it reads, and those that it made in the work at hand."""

from collections.abc import Iterable

from asstctl.emulator.models.base import CodeCall, CodeFile, Round
from asstctl.emulator.store import files
from asstctl.emulator.store.database import Database
from asstctl.emulator.text.extract import extension

_IMAGES = frozenset("gif jpeg jpg png webp".split())  # noqa: SIM905 - reads best so


def made(rounds: Iterable[Round]) -> tuple[CodeFile, ...]:
    """Give all files that code made; of those with one name the last."""
    found = (file for done in rounds for file in _of(done))
    return tuple({file.name: file for file in found}.values())


def unsaid(rounds: Iterable[Round]) -> tuple[CodeFile, ...]:
    """Give the files that came up since the model last said something."""
    found: tuple[CodeFile, ...] = ()
    for done in rounds:
        found = (*(() if done.text else found), *_of(done))
    return found


def _of(done: Round) -> tuple[CodeFile, ...]:
    return tuple(file for call in done.calls if isinstance(call, CodeCall) for file in call.files)


def is_image(file: CodeFile) -> bool:
    """Tell whether a file is shown as an image."""
    return extension(file.name) in _IMAGES


def link(file: CodeFile) -> str:
    """Give the address by which an answer names a file."""
    return f"sandbox:/mnt/data/{file.name}"


def code_files(database: Database, file_ids: Iterable[str]) -> tuple[CodeFile, ...]:
    """Give the files that code can read, by name, of one name the latest last."""
    given = list(file_ids)
    names = files.filenames(database, given)
    there = [one for one in dict.fromkeys(given) if one in names]
    return tuple(CodeFile(one, names[one]) for one in sorted(there, key=names.__getitem__))
