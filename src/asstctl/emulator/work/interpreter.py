"""The program that runs the code which a model writes, and how it is kept within its limits."""

import asyncio
import codecs
import io
import os
import secrets
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

DEFAULT_TIMEOUT = 30.0
OUTPUT_LIMIT = 100_000
_POLL_SECONDS = 0.02
_GRACE_SECONDS = 2.0
_MARK = "ASSTCTL_CODE"
# What a program needs to run, and container programs to find their engine: no key is among them.
_PASSED = frozenset(
    {"PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "USER", "LOGNAME", "SYSTEMROOT"}
    | {"XDG_RUNTIME_DIR", "DOCKER_HOST", "CONTAINER_HOST"}
)


class UnstartableError(Exception):
    """The program could not be started; the text says why."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of some code: what it printed, and why it failed, empty when it did not."""

    logs: str
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A program that reads one JSON document on stdin and runs the code in it.

    It is started in ``folder``, with few variables of the environment. After ``timeout`` seconds,
    or ``OUTPUT_LIMIT`` characters of output, it is ended with all that it has started.
    """

    command: tuple[str, ...]
    folder: Path
    timeout: float = DEFAULT_TIMEOUT

    async def run(self, document: bytes, tell: Callable[[str], None]) -> Ran:
        """Run it on a document; ``tell`` gets what it prints, as it prints it.

        Raises `UnstartableError`.
        """
        mark = secrets.token_hex(16)
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT,
                cwd=self.folder, env=_environment(mark), start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise UnstartableError(f"{self.command[0]}: {error.strerror or error}") from error
        heard = _Heard(tell)
        talking = [
            asyncio.create_task(_feed(process, document)),
            asyncio.create_task(heard.listen(process)),
        ]
        late = False
        try:
            async with asyncio.timeout(self.timeout):
                await _ended(process, heard)
        except TimeoutError:
            late = True
        finally:
            await _kill(process, mark)
            await asyncio.wait(talking, timeout=_GRACE_SECONDS)
            for task in talking:
                task.cancel()
        return Ran(heard.text, self._failure(process.returncode, heard, late=late))

    def _failure(self, code: int | None, heard: "_Heard", *, late: bool) -> str:
        if heard.is_full:
            return f"The code was ended: it printed more than {OUTPUT_LIMIT:,} characters."
        if late:
            return f"The code was ended: it ran for more than {self.timeout:g} seconds."
        return f"The code failed (exit code {code})." if code else ""


class _Heard:
    """What the program prints, up to the limit."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        lines = io.IncrementalNewlineDecoder(decoder, translate=os.linesep != "\n")
        self._decode = lines.decode
        self.text = ""
        self.is_full = False

    async def listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while data := await process.stdout.read(65_536):
            self._take(self._decode(data))
        self._take(self._decode(b"", True))

    def _take(self, text: str) -> None:
        room = OUTPUT_LIMIT - len(self.text)
        self.is_full = self.is_full or len(text) > room
        if kept := text[:room]:
            self.text += kept
            self._tell(kept)


async def _feed(process: asyncio.subprocess.Process, document: bytes) -> None:
    """Hand the document over; a program that does not read it may do so."""
    assert process.stdin is not None
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(document)
        await process.stdin.drain()
        process.stdin.close()
        await process.stdin.wait_closed()


async def _ended(process: asyncio.subprocess.Process, heard: _Heard) -> None:
    """Wait for the program itself: ``wait`` would wait for all who hold its output, too."""
    while process.returncode is None and not heard.is_full:  # noqa: ASYNC110 - it sets no event
        await asyncio.sleep(_POLL_SECONDS)


async def _kill(process: asyncio.subprocess.Process, mark: str) -> None:
    """End the program and all that it has started.

    It is asked first: one that has work done elsewhere, such as in a container, ends that.
    """
    try:
        if process.returncode is None:
            _signal(process, signal.SIGTERM)
            with suppress(TimeoutError):
                async with asyncio.timeout(_GRACE_SECONDS):
                    while process.returncode is None:  # noqa: ASYNC110 - it sets no event
                        await asyncio.sleep(_POLL_SECONDS)
    finally:
        if sys.platform != "win32":
            _signal(process, signal.SIGKILL)
        _kill_marked(mark)


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    """Signal the program and the group that it leads."""
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, number)


def _kill_marked(mark: str) -> None:
    """Kill what has left the group, found by its environment where the system shows that."""
    for _ in range(10):
        pids = [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/environ")
                if _has(path, mark)]  # fmt: skip
        if not pids:
            return
        for pid in pids:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)


def _has(path: Path, mark: str) -> bool:
    try:
        return mark.encode() in path.read_bytes()
    except OSError:
        return False


def _environment(mark: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name.upper() in _PASSED}
    return kept | {_MARK: mark, "PYTHONUTF8": "1"}  # on Windows Python prints no UTF-8 by itself
