"""A project: its name, its targets and the guards that its owner chose."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final, TypeAlias, assert_never

from asstctl.model.dialect import DIALECTS, Api, Dialect
from asstctl.model.file import LocalFile
from asstctl.model.prices import Prices

DEFAULT_PARALLELISM = 8
DEFAULT_TIMEOUT = 600.0
DEFAULT_EMBEDDINGS = "text-embedding-3-small"
NO_VARIABLES: Final[Mapping[str, str]] = {}
DEFAULT_CONTEXT = 128_000
DEFAULT_CODE_TIMEOUT = 30.0


class Secret:
    """A value that must never be shown: every text form of it is a mask.

    ``parts`` are the texts that make it secret: the value itself, and in ``Bearer abc`` the token.
    """

    __slots__ = ("_value", "parts")

    def __init__(self, value: str, parts: Iterable[str] = ()) -> None:
        self._value = value
        self.parts = frozenset({value, *parts})

    def reveal(self) -> str:
        """The value itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamModel:
    """A chat-completions endpoint that answers for the local account instead of its own model.

    ``name`` is the model there that answers for all, ``names`` maps single ones; each assistant's
    own model answers where neither says otherwise. ``context`` is in tokens. With
    ``passes_through`` it also gets the requests that the account does not serve itself.
    """

    base_url: str
    name: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    context: int = DEFAULT_CONTEXT
    passes_through: bool = False
    api_key: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingModel:
    """An embeddings endpoint, and the model there that tells the local account what texts mean."""

    base_url: str
    name: str
    api_key: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRunner:
    """A program that runs the code which models write: started in ``folder``, without a shell.

    ``timeout`` is in seconds.
    """

    command: tuple[str, ...]
    folder: Path
    timeout: float = DEFAULT_CODE_TIMEOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTarget:
    """The local account: one SQLite file, no key, no network.

    ``like`` says through which API it is used; ``bundle`` is the file of ``like: responses``.
    ``shown`` is the path as the project has it: the account is called by it, from wherever.
    """

    name: str
    path: Path
    shown: str = field(default="", compare=False)
    like: Api = Api.ASSISTANTS
    bundle: Path | None = None
    model: UpstreamModel | None = None
    embeddings: EmbeddingModel | None = None
    code_interpreter: CodeRunner | None = None
    parallelism: int = DEFAULT_PARALLELISM
    timeout: float = DEFAULT_TIMEOUT

    @property
    def api(self) -> Api:
        """What it is spoken to in."""
        return self.like


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTarget:
    """A server and how to reach it; each of its kinds below says what it speaks.

    With ``api_version`` it is Azure's form: ``base_url`` is then the resource's endpoint, without
    ``/openai``. ``timeout`` bounds one request, in seconds. ``embeddings`` is the model there that
    tells what texts mean.
    """

    api: ClassVar[Api]

    name: str
    base_url: str
    api_key: Secret | None = None
    api_version: str | None = None
    headers: Mapping[str, Secret] = field(default_factory=dict)
    embeddings: str = DEFAULT_EMBEDDINGS
    parallelism: int = DEFAULT_PARALLELISM
    timeout: float = DEFAULT_TIMEOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantsTarget(ServerTarget):
    """Any server that speaks Assistants v2."""

    api: ClassVar[Api] = Api.ASSISTANTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsesTarget(ServerTarget):
    """Any server that speaks Responses. ``bundle`` is the file that holds the assistants."""

    api: ClassVar[Api] = Api.RESPONSES

    bundle: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentsTarget(ServerTarget):
    """Any server that speaks the Agents API."""

    api: ClassVar[Api] = Api.AGENTS


Target: TypeAlias = LocalTarget | AssistantsTarget | ResponsesTarget | AgentsTarget


def dialect_of(target: Target) -> Dialect:
    """What assistants can be on a target."""
    return DIALECTS[target.api]


def is_offline(target: Target) -> bool:
    """Whether no real model answers there."""
    return isinstance(target, LocalTarget) and target.model is None


def has_embeddings(target: Target) -> bool:
    """Whether somebody there may tell what texts mean; of a server that is not known before."""
    return not isinstance(target, LocalTarget) or target.embeddings is not None


def embeddings_of(target: Target) -> str:
    """The model that tells what texts mean on a target."""
    match target:
        case LocalTarget(embeddings=EmbeddingModel(name=name)):
            return name
        case ServerTarget(embeddings=name):
            return name
        case _:
            return DEFAULT_EMBEDDINGS


def secrets_of(target: Target) -> frozenset[str]:
    """All that is sent to a target's servers and never shown elsewhere."""
    match target:
        case LocalTarget():
            endpoints = (target.model, target.embeddings)
            secrets = [endpoint.api_key for endpoint in endpoints if endpoint is not None]
        case ServerTarget():
            secrets = [target.api_key, *target.headers.values()]
        case _:
            assert_never(target)
    return frozenset().union(*(secret.parts for secret in secrets if secret is not None))


@dataclass(frozen=True, slots=True)
class Safety:
    """Limits on destruction. ``max_deletes`` is a share (0 to 1) of all managed objects."""

    max_deletes: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What ``asstctl.yaml`` says, for the one target that was chosen.

    ``prices`` are what models cost, where it says so.
    ``files`` are all that was read for it: itself, manifests, texts, and files to be sent.
    ``credentials`` names the environment variables that any of its targets refers to, and those
    that tools need as secrets.
    """

    name: str
    root: Path
    target: Target
    safety: Safety = Safety()
    prices: Prices | None = None
    files: tuple[LocalFile, ...] = ()
    credentials: frozenset[str] = frozenset()

    @property
    def bundle(self) -> Path | None:
        """The file that holds the assistants as requests; None where the server holds them."""
        target = self.target
        return target.bundle if isinstance(target, LocalTarget | ResponsesTarget) else None
