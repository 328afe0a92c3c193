"""The assistants of bundles: requests that lie in files, for the page to make them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asstctl.emulator.store.collections import VECTOR_STORES, Body
from asstctl.emulator.store.database import Database

_LARGEST = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Entry:
    """An assistant of a bundle: ``id`` is the file's name and the assistant's key."""

    id: str
    name: str
    request: Body


def entries(database: Database, paths: Iterable[Path]) -> list[Entry]:
    """Give the assistants that this account can answer for: it has all of their vector stores.

    A file that is no bundle has none.
    """
    found = (entry for path in paths for entry in _read(path))
    return [entry for entry in found if _held(database, entry.request)]


def _read(path: Path) -> Iterator[Entry]:
    for key, entry in _assistants(path).items():
        request = entry.get("request") if isinstance(entry, dict) else None
        if isinstance(request, dict) and isinstance(request.get("model"), str):
            name = entry.get("name")
            shown = name if isinstance(name, str) and name else key
            yield Entry(_encodable(f"{path.name}:{key}"), _encodable(shown), request)


def _assistants(path: Path) -> dict[str, Any]:
    try:
        bundle = json.loads(path.read_bytes()) if path.stat().st_size <= _LARGEST else None
    except (OSError, ValueError, RecursionError):
        return {}
    found = bundle.get("assistants") if isinstance(bundle, dict) else None
    return found if isinstance(found, dict) else {}


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _held(database: Database, request: Body) -> bool:
    tools = request.get("tools")
    searches = [
        tool["vector_store_ids"]
        for tool in (tools if isinstance(tools, list) else ())
        if isinstance(tool, dict) and isinstance(tool.get("vector_store_ids"), list)
    ]
    return all(VECTOR_STORES.find(database, str(one)) for found in searches for one in found)
