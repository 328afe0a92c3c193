"""Check everything that can be known without the network."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from asstctl.manifest.load import Loaded, load


def validate(root: Path, target: str | None = None, *, allow_unset: bool = False) -> Loaded:
    """The project in ``root`` for a target, by default its own, and every problem with it.

    ``allow_unset`` accepts environment variables that are not set, as where no secrets are given
    out. Nothing is raised for what is wrong.
    """
    environ = _EveryVariable(os.environ) if allow_unset else os.environ
    return load(root, target=target, environ=environ)


class _EveryVariable(Mapping[str, str]):
    """An environment in which everything is set: what is not stands for its own name."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        return self._environ.get(name) or name

    def __iter__(self) -> Iterator[str]:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)
