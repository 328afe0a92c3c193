"""What an environment is: the template of the sandbox in which an agent's sessions run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from asstctl.model.json import JsonObject

WORKSPACE: Final = "/workspace"
"""The folder of a sandbox that files lie in."""

CLOSED: Final[JsonObject] = {"access": "disabled"}
"""The network rules of an environment that does not say any."""


@dataclass(frozen=True, slots=True)
class EnvironmentFile:
    """A file of the sandbox: a reference (see ``EnvironmentSpec``) and its absolute path there.

    ``ref`` is None for a file whose bytes were sent inside a request: they can never be read.
    """

    ref: str | None
    path: str


@dataclass(frozen=True, slots=True)
class SetupCommand:
    """A command that prepares the sandbox, and the absolute folder that it runs in."""

    command: str
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentSpec:
    """One environment's configuration; what is void was not set.

    In a **named** spec the files are content hashes and ``name`` is the title for people. In a
    **bound** spec they are ids of uploads, and ``name`` is the template's whole name, with the
    mark of ``model.template_name``. ``packages`` and ``network`` are in the API's own words;
    ``skills`` are references to skills of the account, ``plugins`` what is known of them.

    Of what an account shows, ``setup_commands``, ``env`` and the blocked domains in ``network``
    are always void: nobody ever reads them back.
    """

    name: str | None = None
    files: tuple[EnvironmentFile, ...] = ()
    packages: JsonObject = field(default_factory=dict)
    network: JsonObject = field(default_factory=lambda: CLOSED)
    setup_commands: tuple[SetupCommand, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    skills: tuple[JsonObject, ...] = ()
    plugins: tuple[JsonObject, ...] = ()
    desktop: bool = False
    capability_directories: tuple[str, ...] = ()
