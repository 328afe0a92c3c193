"""The local account: three APIs over one SQLite file, in process or on a socket.

Importing this package is cheap; the ASGI framework is imported when an account is opened.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asstctl.emulator.account import Account
    from asstctl.emulator.models.upstream import Embeddings, Upstream
    from asstctl.emulator.opening import open_account
    from asstctl.emulator.server import serve
    from asstctl.emulator.work.interpreter import Interpreter

__all__ = ["Account", "Embeddings", "Interpreter", "Upstream", "open_account", "serve"]

_HOMES = {
    "Account": "asstctl.emulator.account",
    "Embeddings": "asstctl.emulator.models.upstream",
    "Interpreter": "asstctl.emulator.work.interpreter",
    "Upstream": "asstctl.emulator.models.upstream",
    "open_account": "asstctl.emulator.opening",
    "serve": "asstctl.emulator.server",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its home on first use."""
    from importlib import import_module

    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)
