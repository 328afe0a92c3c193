"""A word to whoever waits in front of a terminal while an account is read."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from asstctl.cli.output import is_terminal, wants_color

_AFTER: Final = 0.5
"""Seconds: what takes less needs no word."""


@contextmanager
def reading(account: str) -> Iterator[None]:
    """Say on stderr that the account is being read, until that is done.

    Only where that is a terminal: logs are for later readers. The line is gone before the report
    comes, wherever that goes.
    """
    if not is_terminal(sys.stderr):
        yield
        return
    with ExitStack() as shown:

        def show() -> None:
            from asstctl.views.waiting import waiting

            text = f"reading the account ({account}) …"
            shown.enter_context(waiting(sys.stderr, text, color=wants_color(sys.stderr)))

        timer = asyncio.get_running_loop().call_later(_AFTER, show)
        try:
            yield
        finally:
            timer.cancel()
