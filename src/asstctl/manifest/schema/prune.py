"""Prune values: take out what is wrong, so that the rest can be looked at all the same."""

from collections.abc import Iterable, Iterator
from typing import Any

from asstctl.manifest.values import Path, Plain


class PrunedList(list[Any]):
    """A list that lost items and remembers which places the others had."""

    def __init__(self, items: Iterable[tuple[int, Plain]]) -> None:
        pairs = list(items)
        super().__init__(item for _, item in pairs)
        self.indices = [index for index, _ in pairs]


def indexed(items: list[Plain]) -> Iterator[tuple[int, Plain]]:
    """Each item of a list with the place that it has in the manifest."""
    if isinstance(items, PrunedList):
        return zip(items.indices, items, strict=True)
    return enumerate(items)


def original(value: Plain, path: Path) -> Path:
    """A path in a pruned value as the path that it is in the manifest."""
    result: list[str | int] = []
    for step in path:
        if isinstance(value, PrunedList) and isinstance(step, int):
            result.append(value.indices[step])
        else:
            result.append(step)
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            value = None
    return tuple(result)


def prune(value: Plain, paths: set[Path], at: Path = ()) -> Plain:
    """``value`` without what is found at any of ``paths``."""
    if isinstance(value, dict):
        return {
            key: prune(item, paths, (*at, key))
            for key, item in value.items()
            if (*at, key) not in paths
        }
    if isinstance(value, list):
        kept = [
            (i, prune(item, paths, (*at, i)))
            for i, item in enumerate(value)
            if (*at, i) not in paths
        ]
        whole = len(kept) == len(value)
        return [item for _, item in kept] if whole else PrunedList(kept)
    return value
