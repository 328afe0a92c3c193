"""Reading documents that may be hostile in a process of their own.

A few kilobytes can take a parser gigabytes and minutes. Whatever one does to its process, nobody
else waits for it or loses memory to it. Plain text is read here: that takes what it weighs.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import IO

from asstctl.emulator.text.extract import PLAIN, extension, extract
from asstctl.emulator.text.unreadable import UnreadableError

DEADLINE_SECONDS = 30
MEMORY_BYTES = 1024**3
"""What the process may take; a document that is within the limits of its size takes a third."""

UNREADABLE, NO_MEMORY = 3, 4
_LOOK_SECONDS = 0.2
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    "from asstctl.emulator.text.reader import main; sys.exit(main(sys.argv[1]))"
)
_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
"""What the process learns of the environment: no keys."""


def extract_apart(stream: IO[bytes], filename: str, check: Callable[[], None]) -> str:
    """Read a file's text. ``check`` is called now and then and may raise to stop the work.

    Raises UnreadableError when there is none, and when it takes too long or too much memory.
    """
    kind = extension(filename)
    if kind in PLAIN or not kind:
        return extract(stream, filename, check)
    with tempfile.TemporaryFile() as copy, tempfile.TemporaryFile() as text:
        shutil.copyfileobj(stream, copy, 1024 * 1024)
        copy.seek(0)
        code, told = _run(f"document.{kind}", copy, text, check)
        if code:
            raise UnreadableError(_why(code, told))
        text.seek(0)
        return text.read().decode("utf-8", "surrogatepass")


def _run(
    name: str, document: IO[bytes], text: IO[bytes], check: Callable[[], None]
) -> tuple[int, str]:
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with subprocess.Popen(  # noqa: S603 - this Python, and a name of our own
        [sys.executable, "-c", _PROGRAM, name, json.dumps(sys.path)],
        stdin=document,
        stdout=text,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        try:
            told = _wait(process, check)
            return process.returncode, told
        finally:
            process.kill()


def _wait(process: subprocess.Popen[bytes], check: Callable[[], None]) -> str:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            _, told = process.communicate(timeout=_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            check()
            if time.monotonic() > deadline:
                late = f"Reading the document was given up after {DEADLINE_SECONDS} seconds."
                raise UnreadableError(late) from None
        else:
            return told.decode("utf-8", "replace").strip()


def _why(code: int, told: str) -> str:
    if code == UNREADABLE:
        return told
    if code == NO_MEMORY or code < 0:
        return f"Reading the document takes more than {MEMORY_BYTES // 1024**2:,} MB of memory."
    last = told.splitlines()[-1] if told else f"code {code}"
    return f"The program that reads documents failed: {last}"
