"""The process that reads one document: it comes in on stdin, its text goes out on stdout."""

import contextlib
import sys

from asstctl.emulator.text.apart import MEMORY_BYTES, NO_MEMORY, UNREADABLE
from asstctl.emulator.text.extract import extract
from asstctl.emulator.text.unreadable import UnreadableError


def main(filename: str) -> int:
    """Read the document; its kind is the ending of ``filename``. Gives the exit code."""
    _limit_memory()
    try:
        text = extract(sys.stdin.buffer, filename, lambda: None)
        sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass"))
    except UnreadableError as error:
        sys.stderr.write(str(error))
        return UNREADABLE
    except MemoryError:
        return NO_MEMORY
    return 0


def _limit_memory() -> None:
    """Where the system has such a limit."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
