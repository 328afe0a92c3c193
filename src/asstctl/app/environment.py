"""What ``${env.NAME}`` stands for where not every variable has to be set."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from asstctl.manifest.load import load
from asstctl.model.project import Target, secrets_of

_UNSET: Final = "https://unset.invalid/"


class EveryVariable(Mapping[str, str]):
    """An environment in which everything is set: what is not stands for its own name."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        return self._environ.get(name) or name

    def __iter__(self) -> Iterator[str]:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)


def without_keys(root: Path, target: str | None, variables: Mapping[str, str]) -> Mapping[str, str]:
    """This environment, for a project that will send nothing: its keys need not be set.

    Those are the variables that targets refer to, and the secrets of tools. In the place of one
    that is not set stands an address that leads nowhere, and that no prompt will hold.
    """
    every = EveryVariable(os.environ)
    project = load(root, target=target, environ=every, variables=variables).project
    keys = project.credentials if project else frozenset[str]()
    unset = {name: f"{_UNSET}{name}" for name in keys if not os.environ.get(name)}
    return {**os.environ, **unset}


def has_keys(target: Target) -> bool:
    """Whether what is sent to a target is there, in an environment that may be without keys."""
    return not any(_UNSET in secret for secret in secrets_of(target))
