"""The script of the page at ``/talk``: modules that a browser loads from the account itself."""

from pathlib import Path

MODULES = (
    *("talk.js", "wire.js", "events.js", "draw.js", "words.js", "calls.js", "holder.js"),
    *("assistants.js", "responses.js", "agents.js"),
)
"""The names under which they are served."""


def module(name: str) -> bytes:
    """Give one of `MODULES`."""
    return Path(__file__).with_name(name).read_bytes()
