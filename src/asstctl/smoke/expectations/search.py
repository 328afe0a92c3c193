"""Regular expressions over replies, in a process of their own: only that can be stopped.

An expression that backtracks for ever holds the interpreter that runs it, its timers included.
"""

import json
import subprocess
import sys
from typing import Final

from asstctl.smoke.text import quoted

PATIENCE: Final = 10.0
"""Seconds. No expression that ends takes as long on a reply, not even on a busy machine."""

_PROGRAM: Final = """\
import json, re, sys
pattern, text = json.load(sys.stdin.buffer)
found = re.search(pattern, text)
print(json.dumps(found and found.group()))
"""


class SearchError(Exception):
    """It is not known what the expression finds; the message says why."""


def search(pattern: str, text: str, *, seconds: float | None = None) -> str | None:
    """What the expression finds first in the text; None for nothing.

    Blocks. Raises SearchError when that takes longer than ``seconds`` (left out: ``PATIENCE``),
    or goes wrong.
    """
    limit = PATIENCE if seconds is None else seconds
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; what varies goes in as its input
            [sys.executable, "-I", "-S", "-c", _PROGRAM],
            input=json.dumps([pattern, text]).encode(),
            capture_output=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SearchError(
            f"it was stopped after {limit:g} s, as expressions are that try the "
            "same characters again and again: (a+)+"
        ) from None
    if done.returncode:
        raise SearchError(f"it ended with {quoted(done.stderr.decode(errors='replace'))}")
    found: str | None = json.loads(done.stdout)
    return found
