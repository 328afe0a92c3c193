"""Programs of the manifests: started without a shell, given a text, and ended with their children.

Only what was allowed to run may come here.
"""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOST: Final = 1024 * 1024
"""Bytes that are kept of what a program prints; it may print more."""
_PIECE: Final = 65536
_LONGEST_PAUSE: Final = 0.05
"""Seconds between looks at whether a program has ended."""


class ProgramError(Exception):
    """A program did not come to an end of its own; the message says why, after its name."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended, and what it printed, up to ``MOST`` bytes each."""

    code: int
    stdout: str
    stderr: str
    is_cut: bool = False

    def __str__(self) -> str:
        """``exited with 3``, ``was ended by SIGKILL``."""
        if self.code >= 0:
            return f"exited with {self.code}"
        try:
            return f"was ended by {signal.Signals(-self.code).name}"
        except ValueError:
            return f"was ended by signal {-self.code}"


async def run_program(
    command: Sequence[str],
    sent: str,
    *,
    directory: Path | None,
    withheld: frozenset[str],
    timeout: float,  # noqa: ASYNC109 - what is over has to be ended, not only left
) -> Finished:
    """Run a program in ``directory`` (None: the current one); it reads ``sent`` on stdin.

    It gets the environment without the variables that are ``withheld``, and ``timeout`` seconds.
    Raises ProgramError. By the end nothing runs any more of what it started in its process group.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            cwd=directory,
            env=_environment_without(withheld),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ProgramError(f"cannot be started: {why}") from error
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    sending = asyncio.create_task(_send(process.stdin, sent.encode(errors="replace")))
    reading = asyncio.gather(_kept(process.stdout), _kept(process.stderr))
    try:
        async with asyncio.timeout(timeout):
            code = await _ended(process)
            # What it left running may hold the pipes open for ever.
            _end_group(process)
            (stdout, more), (stderr, _) = await reading
    except TimeoutError:
        raise ProgramError(f"took longer than {timeout:g} s and was stopped") from None
    finally:
        _end_group(process)
        await _ended(process)
        sending.cancel()
        reading.cancel()
        await asyncio.gather(sending, reading, return_exceptions=True)
    return Finished(code, stdout, stderr, more)


async def _ended(process: Process) -> int:
    """The exit code. ``Process.wait`` waits for the pipes too, which a child may hold open."""
    pause = 0.001
    while process.returncode is None:
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
    return process.returncode


async def _send(stream: StreamWriter, data: bytes) -> None:
    # A program that does not read what it is given is none the worse for it.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        try:
            stream.write(data)
            await stream.drain()
        finally:
            stream.close()


async def _kept(stream: StreamReader) -> tuple[str, bool]:
    """The first of what is printed, and whether there was more, which is read and dropped."""
    kept, more = bytearray(), False
    while piece := await stream.read(_PIECE):
        more |= len(kept) + len(piece) > MOST
        kept += piece[: MOST - len(kept)]
    return kept.decode(errors="replace"), more


def _environment_without(withheld: frozenset[str]) -> dict[str, str]:
    hidden = {os.path.normcase(name) for name in withheld}  # Windows tells no case in names
    return {k: value for k, value in os.environ.items() if os.path.normcase(k) not in hidden}


def _end_group(process: Process) -> None:
    """End the program, if it still runs, and whatever it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform != "win32":
            os.killpg(process.pid, signal.SIGKILL)
        elif process.returncode is None:
            process.kill()
