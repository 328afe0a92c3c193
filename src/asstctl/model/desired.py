"""Desired: what the manifests say should exist."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from asstctl.model.address import Address, Kind
from asstctl.model.assistant import AssistantSpec
from asstctl.model.canonical import CODE_FILES, ENVIRONMENT_FILES, STORE_FILES
from asstctl.model.diagnostics import Location
from asstctl.model.environment import WORKSPACE, EnvironmentFile, EnvironmentSpec
from asstctl.model.file import Content, LocalFile
from asstctl.model.project import Secret
from asstctl.model.sensitive import NOTHING, Sensitive
from asstctl.model.smoke import SmokeCase
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking, StoreFile, VectorStoreSpec

Contents: TypeAlias = Mapping[str, Content]
"""Every file that the manifests refer to, hashed, by its path inside the project."""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How a resource may change: never deleted, and fields that others may edit."""

    protect: bool = False
    ignore_changes: tuple[str, ...] = ()

    def ignores(self, path: str) -> bool:
        """Whether ``ignore_changes`` names the field at ``path`` (dotted), or a parent of it."""
        return any(path == field or path.startswith(f"{field}.") for field in self.ignore_changes)

    def looks_into(self, path: str) -> bool:
        """Whether something below the field at ``path`` is ignored."""
        return any(field.startswith(f"{path}.") for field in self.ignore_changes)


@dataclass(frozen=True, slots=True)
class DesiredFile:
    """A file of a store, and how to cut it."""

    file: LocalFile
    chunking: Chunking = AUTO_CHUNKING


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredAssistant:
    """An assistant that should exist. ``spec`` is named, its ``code_files`` still empty.

    ``credentials`` are the secrets that its tools need, by their paths: ``HostedTool.needs``.
    """

    key: str
    spec: AssistantSpec
    code_files: tuple[LocalFile, ...] = ()
    credentials: Mapping[str, Secret] = field(default_factory=dict)
    lifecycle: Lifecycle = Lifecycle()
    previously: tuple[str, ...] = ()
    smoke: tuple[SmokeCase, ...] = ()
    location: Location | None = None

    @property
    def address(self) -> Address:
        """``assistant.<key>``."""
        return Address(Kind.ASSISTANT, self.key)

    @property
    def files(self) -> tuple[LocalFile, ...]:
        """The files that this resource holds itself."""
        return self.code_files

    @property
    def leaves_files_to_others(self) -> bool:
        """Whether the files of this resource are left to others, once it exists."""
        return self.lifecycle.ignores(CODE_FILES)

    def named(self, contents: Contents) -> AssistantSpec:
        """The whole spec, its files given by the hash of their content."""
        if not self.code_files:
            return self.spec
        hashes = sorted({contents[file.path].sha256 for file in self.code_files})
        return replace(self.spec, code_files=tuple(hashes))


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredStore:
    """A vector store that should exist. ``spec`` is named, its ``files`` still empty."""

    key: str
    spec: VectorStoreSpec
    store_files: tuple[DesiredFile, ...] = ()
    lifecycle: Lifecycle = Lifecycle()
    previously: tuple[str, ...] = ()
    location: Location | None = None

    @property
    def address(self) -> Address:
        """``vector_store.<key>``."""
        return Address(Kind.VECTOR_STORE, self.key)

    @property
    def files(self) -> tuple[LocalFile, ...]:
        """The files that this resource holds itself."""
        return tuple(entry.file for entry in self.store_files)

    @property
    def leaves_files_to_others(self) -> bool:
        """Whether the files of this resource are left to others, once it exists."""
        return self.lifecycle.ignores(STORE_FILES)

    def named(self, contents: Contents) -> VectorStoreSpec:
        """The whole spec, its files given by the hash of their content.

        Of several paths with equal content the first (by path) decides how it is cut and named:
        an account holds one upload of it, and a store holds an upload once.
        """
        if not self.store_files:
            return self.spec
        files: dict[str, StoreFile] = {}
        for entry in sorted(self.store_files, key=lambda item: item.file.path):
            sha256 = contents[entry.file.path].sha256
            files.setdefault(sha256, StoreFile(sha256, entry.chunking, entry.file.name))
        return replace(self.spec, files=tuple(files[sha256] for sha256 in sorted(files)))


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredEnvironment:
    """An environment that should exist. ``spec`` is named, its ``files`` still empty."""

    key: str
    spec: EnvironmentSpec
    environment_files: tuple[LocalFile, ...] = ()
    lifecycle: Lifecycle = Lifecycle()
    previously: tuple[str, ...] = ()
    location: Location | None = None

    @property
    def address(self) -> Address:
        """``environment.<key>``."""
        return Address(Kind.ENVIRONMENT, self.key)

    @property
    def files(self) -> tuple[LocalFile, ...]:
        """The files that this resource holds itself."""
        return self.environment_files

    @property
    def leaves_files_to_others(self) -> bool:
        """Whether the files of this resource are left to others, once it exists."""
        return self.lifecycle.ignores(ENVIRONMENT_FILES)

    def named(self, contents: Contents) -> EnvironmentSpec:
        """The whole spec, its files given by the hash of their content."""
        files = (
            EnvironmentFile(contents[file.path].sha256, sandbox_path(file))
            for file in self.environment_files
        )
        return replace(self.spec, files=tuple(sorted(files, key=lambda file: file.path)))


def sandbox_path(file: LocalFile) -> str:
    """Where a file of the project lies in a sandbox."""
    return f"{WORKSPACE}/{file.path}"


DesiredResource: TypeAlias = DesiredAssistant | DesiredStore | DesiredEnvironment


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """Everything that the manifests of one project ask for, for one target.

    ``sensitive`` is what no view may show of it.
    """

    project: str
    assistants: tuple[DesiredAssistant, ...] = ()
    stores: tuple[DesiredStore, ...] = ()
    environments: tuple[DesiredEnvironment, ...] = ()
    sensitive: Sensitive = NOTHING

    @property
    def resources(self) -> tuple[DesiredResource, ...]:
        """Every resource, what others depend on first."""
        return (*self.stores, *self.environments, *self.assistants)

    @property
    def files(self) -> tuple[LocalFile, ...]:
        """Every file of every resource once, by path."""
        by_path = {file.path: file for resource in self.resources for file in resource.files}
        return tuple(by_path[path] for path in sorted(by_path))
