"""Reading documents that may be hostile in a process of their own.

A few kilobytes can take a parser gigabytes and minutes. Whatever one does to its process, nobody
else waits for it or loses memory to it. Plain text is read here: that takes what it weighs. Cutting
a long one into passages does not, and is done apart as well.
"""

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from asstctl.emulator.text.chunk import chunk
from asstctl.emulator.text.extract import PLAIN, extension, extract
from asstctl.emulator.text.unreadable import ExceededError, UnreadableError

DEADLINE_SECONDS = 30
"""Of the processor, where the system counts that: a busy machine reads what an idle one can."""

_PATIENCE = 2 if hasattr(signal, "SIGXCPU") else 1
"""How many times as long it may then take by the clock."""

MEMORY_BYTES = 1024**3
"""What the process may take; a document that is within the limits of its size takes a third."""

UNREADABLE, NO_MEMORY = 3, 4
_LOOK_SECONDS = 0.2
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from asstctl.emulator.text.reader import main; sys.exit(main(*sys.argv[2:]))"
)
_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
"""What the process learns of the environment: no keys."""

_SHORT_BYTES = 256 * 1024
"""A plain text that is cut into passages faster than a process starts."""

Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading a file may take: seconds, and bytes of the file and of its text."""

    seconds: int = DEADLINE_SECONDS
    bytes: float = math.inf

    def late(self) -> ExceededError:
        """Say that the time is up."""
        return ExceededError(f"Reading the document was given up after {self.seconds} seconds.")


def extract_apart(stream: IO[bytes], filename: str, check: Check) -> str:
    """Read a file's text. ``check`` is called now and then and may raise to stop the work.

    Raises UnreadableError when there is none, and when it takes too long or too much memory.
    """
    if _is_plain(filename):
        return extract(stream, filename, check)
    with _read(stream, filename, (), Limits(), check) as text:
        return text.read().decode("utf-8", "surrogatepass")


def passages_apart(
    stream: IO[bytes],
    size: int,
    filename: str,
    cut: tuple[int, int],
    limits: Limits,
    check: Check,
) -> Iterator[str]:
    """Read a file of ``size`` bytes, cut into passages of (most tokens, overlapping tokens).

    Raises UnreadableError as `extract_apart` does, before the first passage: ExceededError where
    ``limits`` are not enough.
    """
    if size > limits.bytes:
        raise ExceededError(f"The file has {size:,} bytes.")
    if _is_plain(filename) and size <= _SHORT_BYTES:
        yield from chunk(extract(stream, filename, check), *cut)
        return
    with _read(stream, filename, cut, limits, check) as lines:
        yield from map(json.loads, lines)


def _is_plain(filename: str) -> bool:
    kind = extension(filename)
    return kind in PLAIN or not kind


@contextmanager
def _read(
    stream: IO[bytes], filename: str, cut: tuple[int, ...], limits: Limits, check: Check
) -> Iterator[IO[bytes]]:
    """Give what the process writes: the text, or with ``cut`` a line of JSON for each passage."""
    with tempfile.TemporaryFile() as copy, tempfile.TemporaryFile() as text:
        shutil.copyfileobj(stream, copy, 1024 * 1024)
        copy.seek(0)
        asked = (str(limits.seconds), f"document.{extension(filename)}", *map(str, cut))
        code, told = _run(asked, copy, text, limits, check)
        if code:
            raise UnreadableError(_why(code, told))
        if (written := os.fstat(text.fileno()).st_size) > limits.bytes:
            raise ExceededError(f"The text of the file has {written:,} bytes.")
        text.seek(0)
        yield text


def _run(
    asked: tuple[str, ...], document: IO[bytes], text: IO[bytes], limits: Limits, check: Check
) -> tuple[int, str]:
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with subprocess.Popen(  # noqa: S603 - this Python, and a name of our own
        [sys.executable, "-c", _PROGRAM, json.dumps(sys.path), *asked],
        stdin=document,
        stdout=text,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        try:
            told = _wait(process, limits.seconds * _PATIENCE, check)
        except TimeoutError:
            raise limits.late() from None
        finally:
            process.kill()
    if _time_is_up(process.returncode):
        raise limits.late()
    return process.returncode, told


def _time_is_up(code: int) -> bool:
    """Whether the system ended the process for the time it took, where it counts that."""
    return hasattr(signal, "SIGXCPU") and code == -signal.SIGXCPU


def _wait(process: subprocess.Popen[bytes], seconds: float, check: Check) -> str:
    deadline = time.monotonic() + seconds
    while True:
        try:
            _, told = process.communicate(timeout=_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            check()
            if time.monotonic() > deadline:
                raise TimeoutError from None
        else:
            return told.decode("utf-8", "replace").strip()


def _why(code: int, told: str) -> str:
    if code == UNREADABLE:
        return told
    if code == NO_MEMORY or code < 0:
        return f"Reading the document takes more than {MEMORY_BYTES // 1024**2:,} MB of memory."
    last = told.splitlines()[-1] if told else f"code {code}"
    return f"The program that reads documents failed: {last}"
