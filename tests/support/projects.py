"""Projects on disk, without manifests: files in a folder and the desired values that name them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from asstctl.model.assistant import AssistantSpec, CodeInterpreter, FileSearch, Function, Tool
from asstctl.model.desired import (
    Desired,
    DesiredAssistant,
    DesiredEnvironment,
    DesiredFile,
    DesiredResource,
    DesiredStore,
    Lifecycle,
)
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.file import LocalFile
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking, VectorStoreSpec

PROJECT = "acme"


@dataclass(frozen=True)
class Folder:
    """The folder of a project."""

    root: Path

    def write(self, path: str, content: bytes | str) -> LocalFile:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        target.write_bytes(data)
        return LocalFile(path, target, len(data))

    def file(self, path: str) -> LocalFile:
        source = self.root / path
        return LocalFile(path, source, source.stat().st_size)

    def assistant(
        self, key: str = "guide", *, code: str | Iterable[str] = (), **fields: Any
    ) -> DesiredAssistant:
        """An assistant; ``code`` names the files of its code interpreter."""
        return assistant(key, code_files=self._files(code), **fields)

    def store(
        self, key: str = "docs", files: str | Iterable[str] = (), **fields: Any
    ) -> DesiredStore:
        """A vector store with the files named."""
        return store(key, self._files(files), **fields)

    def environment(
        self, key: str = "sandbox", files: str | Iterable[str] = (), **fields: Any
    ) -> DesiredEnvironment:
        """An environment with the files named."""
        return environment(key, self._files(files), **fields)

    def _files(self, paths: str | Iterable[str]) -> tuple[LocalFile, ...]:
        return tuple(map(self.file, paths.split() if isinstance(paths, str) else paths))


def assistant(
    key: str = "guide",
    *,
    code_files: tuple[LocalFile, ...] = (),
    tools: tuple[Tool, ...] = (),
    store: str | None = None,
    protect: bool = False,
    ignore: tuple[str, ...] = (),
    previously: tuple[str, ...] = (),
    **fields: Any,
) -> DesiredAssistant:
    """An assistant with the tools that its files and its store need."""
    kinds = {type(tool) for tool in tools}
    if code_files and CodeInterpreter not in kinds:
        tools = (*tools, CodeInterpreter())
    if store and FileSearch not in kinds:
        tools = (*tools, FileSearch())
    fields = {"model": "gpt-4o", **fields}
    return DesiredAssistant(
        key=key,
        spec=AssistantSpec(tools=tools, vector_store=store, **fields),
        code_files=code_files,
        lifecycle=Lifecycle(protect, ignore),
        previously=previously,
    )


def store(
    key: str = "docs",
    files: tuple[LocalFile, ...] = (),
    *,
    chunking: Mapping[str, Chunking] | None = None,
    protect: bool = False,
    ignore: tuple[str, ...] = (),
    previously: tuple[str, ...] = (),
    **fields: Any,
) -> DesiredStore:
    """A vector store; ``chunking`` is by path."""
    cut = chunking or {}
    entries = tuple(DesiredFile(file, cut.get(file.path, AUTO_CHUNKING)) for file in files)
    return DesiredStore(
        key=key,
        spec=VectorStoreSpec(**fields),
        store_files=entries,
        lifecycle=Lifecycle(protect, ignore),
        previously=previously,
    )


def environment(
    key: str = "sandbox",
    files: tuple[LocalFile, ...] = (),
    *,
    protect: bool = False,
    ignore: tuple[str, ...] = (),
    previously: tuple[str, ...] = (),
    **fields: Any,
) -> DesiredEnvironment:
    """An environment; its network is closed."""
    return DesiredEnvironment(
        key=key,
        spec=EnvironmentSpec(**fields),
        environment_files=files,
        lifecycle=Lifecycle(protect, ignore),
        previously=previously,
    )


def project(*resources: DesiredResource, name: str = PROJECT) -> Desired:
    """A project of these resources."""
    return Desired(
        project=name,
        assistants=tuple(item for item in resources if isinstance(item, DesiredAssistant)),
        stores=tuple(item for item in resources if isinstance(item, DesiredStore)),
        environments=tuple(item for item in resources if isinstance(item, DesiredEnvironment)),
    )


def changed(desired: DesiredAssistant, **fields: Any) -> DesiredAssistant:
    """The same assistant with other fields."""
    return replace(desired, spec=replace(desired.spec, **fields))


def mixed(folder: Folder) -> Desired:
    """A project with some of everything: two stores, shared content, functions, code files."""
    folder.write("docs/lisbon.md", "Lisbon lies on seven hills.")
    folder.write("docs/porto.md", "Porto lies on the Douro.")
    folder.write("docs/oporto.md", "Porto lies on the Douro.")
    folder.write("data/receipts.csv", "what,price\nlunch,12\n")
    folder.write("data/rates.csv", "from,to,rate\nEUR,USD,1.1\n")
    weather = Function(
        "get_weather",
        "The weather of a place.",
        {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
    )
    return project(
        folder.store("docs", "docs/lisbon.md docs/porto.md", name="Docs"),
        folder.store("more", "docs/oporto.md", metadata={"team": "support"}),
        folder.assistant(
            "guide",
            code="data/receipts.csv data/rates.csv",
            store="docs",
            tools=(weather,),
            name="Guide",
            instructions="You are a guide.",
            temperature=0.2,
        ),
        folder.assistant("clerk", code="data/rates.csv", store="more", description="Counts."),
        folder.assistant("plain", metadata={"team": "support", "tier": "1"}),
    )


def edited(folder: Folder) -> Desired:
    """The mixed project with one of every kind of change: some of it goes, some is renamed."""
    folder.write("docs/lisbon.md", "Lisbon lies on seven hills, they say.")
    folder.write("docs/faro.md", "Faro lies on the sea.")
    folder.write("docs/douro.md", "Porto lies on the Douro.")
    folder.write("data/rates.csv", "from,to,rate\nEUR,USD,1.2\n")
    guide = folder.assistant(
        "leader",
        code="data/rates.csv",
        store="docs",
        previously=("guide",),
        name="Leader",
        instructions="You are a guide.",
    )
    cut = {"docs/faro.md": Chunking(200, 100)}
    return project(
        folder.store("docs", "docs/lisbon.md docs/douro.md docs/faro.md", chunking=cut),
        guide,
        folder.assistant("plain", metadata={"team": "sales"}, store="docs"),
        folder.assistant("new", code="data/rates.csv"),
    )
