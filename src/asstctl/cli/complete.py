"""What the shell offers after a TAB: names of this project, and of asstctl itself.

It is asked while somebody types: nothing is sent anywhere, and where a project cannot be read
there is simply nothing to offer.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

if TYPE_CHECKING:
    from asstctl.manifest.project import Settings

_Words: TypeAlias = Callable[[click.Context], Iterable[str]]
Completer: TypeAlias = Callable[[click.Context, click.Parameter, str], list[str]]


def _completer(words: _Words) -> Completer:
    """What click calls: the words that begin with what is typed, and never an error."""

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        try:
            return [word for word in words(ctx) if word.startswith(incomplete)]
        except Exception:  # whatever is wrong is told when the command is run
            return []

    return complete


def _given(ctx: click.Context, name: str) -> object:
    """A global option, which may stand before the command or after it."""
    here: click.Context | None = ctx
    while here is not None:
        if value := here.params.get(name):
            return value
        here = here.parent
    return None


def _root(ctx: click.Context) -> Path:
    from asstctl.manifest.project import find_project

    return find_project(Path(str(_given(ctx, "folder") or "")))


def _settings(ctx: click.Context) -> "Settings | None":
    import os

    from asstctl.manifest.files.project_files import Files
    from asstctl.manifest.problems import Problems
    from asstctl.manifest.project import read_project

    return read_project(Files(_root(ctx)), Problems(), None, os.environ)


def _targets(ctx: click.Context) -> Iterable[str]:
    settings = _settings(ctx)
    return settings.targets if settings else ()


def _variables(ctx: click.Context) -> Iterable[str]:
    settings = _settings(ctx)
    scopes = settings.scopes.values() if settings else ()
    return dict.fromkeys(f"{name}=" for scope in scopes for name in scope.variables or ())


def _resources(ctx: click.Context) -> Iterable[tuple[str, str]]:
    """Kind and key of every document, right or wrong in other ways, and of an assistant's store."""
    from asstctl.manifest.document_reader import DocumentReader
    from asstctl.manifest.files.project_files import Files
    from asstctl.manifest.problems import Problems

    settings = _settings(ctx)
    if settings is None:
        return
    for document in DocumentReader(settings, Files(_root(ctx)), Problems()).documents():
        key = str(document.value.get("key", document.stem))
        yield document.kind, key
        if any("files" in tool for tool in _searches(document.value.get("tools"))):
            yield "vector_store", key


def _searches(tools: object) -> Iterator[dict[str, object]]:
    """The tools that search files, which with files of their own have a store of their own."""
    for tool in tools if isinstance(tools, list) else ():
        if isinstance(tool, dict) and tool.get("type") == "file_search":
            yield tool


def _addresses(ctx: click.Context) -> Iterable[str]:
    return (f"{kind}.{key}" for kind, key in _resources(ctx))


def _assistants(ctx: click.Context) -> Iterable[str]:
    return (key for kind, key in _resources(ctx) if kind == "assistant")


def _schemas(ctx: click.Context) -> Iterable[str]:
    from asstctl.manifest.schema.schemas import SCHEMA_NAMES

    return SCHEMA_NAMES


def _explained(ctx: click.Context) -> Iterable[str]:
    from asstctl.manifest.reference.explain import names

    return names()


TARGETS = _completer(_targets)
VARIABLES = _completer(_variables)
ADDRESSES = _completer(_addresses)
ASSISTANTS = _completer(_assistants)
SCHEMAS = _completer(_schemas)
EXPLAINED = _completer(_explained)
