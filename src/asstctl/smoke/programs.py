"""Programs of the manifests: started without a shell, given a text, and ended with their children.

Only what was allowed to run may come here.
"""

import asyncio
import codecs
import contextlib
import os
import signal
import sys
from asyncio import SubprocessProtocol, SubprocessTransport, WriteTransport
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from asstctl.model.sensitive import Sensitive

MOST: Final = 1024 * 1024
"""Bytes that are kept of what a program prints; it may print more."""
_GRACE: Final = 0.5
"""Seconds for what an ended program has printed to arrive, where others hold its pipes open."""
_STDIN, _STDOUT, _STDERR = range(3)


class ProgramError(Exception):
    """A program did not come to an end of its own; the message says why, after its name."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What a program printed. When it ``is_cut`` there was more."""

    text: str = ""
    is_cut: bool = False

    def shown(self, sensitive: Sensitive) -> str:
        """The text with secrets masked, without the beginning of one that the cut went through."""
        text = self.text
        return sensitive.text(text[: sensitive.settled(text)] if self.is_cut else text)


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended, and what it printed, up to ``MOST`` bytes each."""

    code: int
    stdout: Printed
    stderr: Printed

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
        transport, program = await asyncio.get_running_loop().subprocess_exec(
            _Program,
            *command,
            cwd=directory,
            env=_environment_without(withheld),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ProgramError(f"cannot be started: {why}") from error
    try:
        async with asyncio.timeout(timeout):
            _send(transport, sent.encode(errors="replace"))
            await program.ended.wait()
    except TimeoutError:
        raise ProgramError(f"took longer than {timeout:g} s and was stopped") from None
    finally:
        _end_group(transport)
        await program.ended.wait()
        # What it left running in a group of its own may hold the pipes open for ever.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(program.silent.wait(), _GRACE)
        transport.close()
    code = transport.get_returncode()
    assert code is not None
    return Finished(code, program.stdout.printed(), program.stderr.printed())


@dataclass(slots=True)
class _Kept:
    """The first of what is printed, and whether there was more, which is dropped."""

    data: bytearray = field(default_factory=bytearray)
    more: bool = False

    def add(self, piece: bytes) -> None:
        self.more |= len(self.data) + len(piece) > MOST
        self.data += piece[: MOST - len(self.data)]

    def printed(self) -> Printed:
        """The text; half of a character at a cut is none."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        return Printed(decoder.decode(bytes(self.data), final=not self.more), self.more)


class _Program(SubprocessProtocol):
    """A program that runs: ``ended`` once it has, ``silent`` once nobody can print any more.

    The program may end long before: what it started can print as well.
    """

    def __init__(self) -> None:
        self.ended, self.silent = asyncio.Event(), asyncio.Event()
        self.stdout, self.stderr = _Kept(), _Kept()
        self._open = {_STDOUT: self.stdout, _STDERR: self.stderr}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._open[fd].add(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._open.pop(fd, None)
        if not self._open:
            self.silent.set()

    def process_exited(self) -> None:
        self.ended.set()


def _send(transport: SubprocessTransport, data: bytes) -> None:
    """Write to its stdin. A program that does not read it is none the worse for it."""
    stdin = cast(WriteTransport, transport.get_pipe_transport(_STDIN))
    stdin.write(data)
    stdin.close()


def _environment_without(withheld: frozenset[str]) -> dict[str, str]:
    hidden = {os.path.normcase(name) for name in withheld}  # Windows tells no case in names
    return {k: value for k, value in os.environ.items() if os.path.normcase(k) not in hidden}


def _end_group(transport: SubprocessTransport) -> None:
    """End the program, if it still runs, and whatever it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform != "win32":
            os.killpg(transport.get_pid(), signal.SIGKILL)
        elif transport.get_returncode() is None:
            transport.kill()
