"""What the caller of smoke decides, and the assistants that the cases are about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from asstctl.model.prices import Prices
from asstctl.model.project import DEFAULT_EMBEDDINGS, Secret
from asstctl.model.sensitive import NOTHING, Sensitive
from asstctl.model.smoke import SmokeCase

DEFAULT_DEADLINE = 660.0
"""Seconds that a run may take when its turn says nothing.

A minute more than servers give a run before they expire it, so that the result says "expired".
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeOptions:
    """How to run the cases.

    ``parallelism`` is the number of conversations at a time. ``repeat`` replaces what the cases
    say. ``deadline`` (seconds) bounds a run whose turn has no ``max_seconds``. ``directory`` is
    where the programs behind functions run; None is the current one. They get the environment
    without the variables that are ``withheld``. Nothing ``sensitive`` is shown. ``prices`` are what
    models cost, where that is known. ``embeddings`` is the model that tells what texts mean.

    ``cases`` are patterns of names (see ``selection.matches``) and ``only`` pairs of an assistant's
    key and a name: what they do not mean is left out. With ``fail_fast`` nothing is begun any more
    once a case has failed.
    """

    parallelism: int = 8
    keep_threads: bool = False
    stream: bool = False
    repeat: int | None = None
    allow_commands: bool = False
    deadline: float = DEFAULT_DEADLINE
    directory: Path | None = None
    withheld: frozenset[str] = frozenset()
    sensitive: Sensitive = NOTHING
    prices: Prices | None = None
    embeddings: str = DEFAULT_EMBEDDINGS
    cases: tuple[str, ...] = ()
    only: frozenset[tuple[str, str]] | None = None
    fail_fast: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An assistant in the account, and the cases about it.

    ``model`` is the one in its manifest, ``vector_store`` the key of the store that it searches,
    ``credentials`` are what its tools need, by their paths. ``same_content`` names, for a path of
    the project, every path whose file has the same content: an account holds one upload of it.
    """

    key: str
    assistant_id: str
    cases: tuple[SmokeCase, ...]
    model: str = ""
    vector_store: str | None = None
    credentials: Mapping[str, Secret] = field(default_factory=dict)
    same_content: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
