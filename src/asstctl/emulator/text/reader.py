"""The process that reads one document: it comes in on stdin, its text goes out on stdout."""

import contextlib
import json
import sys

from asstctl.emulator.text.apart import MEMORY_BYTES, NO_MEMORY, UNREADABLE
from asstctl.emulator.text.chunk import chunk
from asstctl.emulator.text.extract import extract
from asstctl.emulator.text.unreadable import UnreadableError


def main(seconds: str, filename: str, *cut: str) -> int:
    """Read the document; its kind is the ending of ``filename``. Gives the exit code.

    The system ends it after ``seconds`` of the processor. With ``cut``, the most and the
    overlapping tokens of a passage, it writes a line of JSON each.
    """
    _limit(int(seconds))
    try:
        text = extract(sys.stdin.buffer, filename, lambda: None)
        if cut:
            for passage in chunk(text, *map(int, cut)):
                sys.stdout.write(f"{json.dumps(passage)}\n")
        else:
            sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass"))
    except UnreadableError as error:
        sys.stderr.write(str(error))
        return UNREADABLE
    except MemoryError:
        return NO_MEMORY
    return 0


def _limit(seconds: int) -> None:
    """Leave memory and processor to others, where the system has limits."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
