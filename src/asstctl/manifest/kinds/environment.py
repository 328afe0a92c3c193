"""An environment, of its own or inside an assistant, turned into what should exist.

Its fields are checked by their schema already.
"""

from typing import Final, TypeAlias, cast

from asstctl.manifest import codes
from asstctl.manifest.document import Document
from asstctl.manifest.files.finder import FileFinder
from asstctl.manifest.kinds.common import join, lifecycle_of
from asstctl.manifest.merge_layers import Variant
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.schema import types
from asstctl.manifest.schema.prune import indexed
from asstctl.manifest.values import Path
from asstctl.model.canonical import ENVIRONMENT_FIELDS, NETWORK, UNREADABLE
from asstctl.model.desired import DesiredAssistant, DesiredEnvironment
from asstctl.model.environment import CLOSED, EnvironmentSpec, SetupCommand
from asstctl.model.file import LocalFile
from asstctl.model.json import JsonObject

MAX_FILES: Final = 50
"""How many files the API puts into one environment."""
MAX_FILE_BYTES: Final = 50 * 1024 * 1024

_FIELD: Final = "environment"
_MEGABYTE: Final = 1024 * 1024
_LEFT_TO_OTHERS: Final = tuple(
    name for name in ENVIRONMENT_FIELDS if name not in (*UNREADABLE, NETWORK)
)
"""What ``ignore_changes`` may name: what cannot be read whole cannot be left as others want it."""

_Settings: TypeAlias = types.Environment | types.AssistantEnvironment


def environment_of(
    variant: Variant, value: types.Environment, document: Document, key: str
) -> DesiredEnvironment:
    """The environment that a document describes; ``value`` is what it is for a target."""
    lifecycle = lifecycle_of(variant.reporter, value.get("lifecycle"), _LEFT_TO_OTHERS)
    return DesiredEnvironment(
        key=key,
        spec=_spec_of(variant.reporter, value, ()),
        environment_files=_files_of(variant.finder, value, ()),
        lifecycle=lifecycle,
        previously=tuple(value.get("previously") or ()),
        location=document.location,
    )


def environment_key(value: types.Assistant, key: str) -> str | None:
    """The key of the environment that an assistant with this ``key`` runs in; None without one."""
    environment = value.get("environment")
    return None if environment is None else environment.get("key") or key


def own_environment_of(
    variant: Variant, value: types.Assistant, assistant: DesiredAssistant
) -> DesiredEnvironment | None:
    """The environment that an assistant has for itself; None when it has none on the target.

    An account protects it with the assistant: it needs no ``lifecycle`` of its own.
    """
    environment = value.get("environment")
    if environment is None:
        return None
    if "key" in environment:
        _report_beside_key(variant.reporter, environment)
        return None
    own = DesiredEnvironment(
        key=assistant.key,
        spec=_spec_of(variant.reporter, environment, (_FIELD,)),
        environment_files=_files_of(variant.finder, environment, (_FIELD,)),
        previously=assistant.previously,
        location=assistant.location,
    )
    return own if assistant.spec.environment else None


def _report_beside_key(reporter: Reporter, environment: types.AssistantEnvironment) -> None:
    for name in environment:
        if name != "key":
            reporter.report(
                codes.CONFLICTING_FIELDS,
                (_FIELD, name),
                name,
                detail="`key` names an environment that has a manifest: it says this there.",
                at_key=True,
            )


def _spec_of(reporter: Reporter, value: _Settings, path: Path) -> EnvironmentSpec:
    desktop = value.get("desktop")
    return EnvironmentSpec(
        name=value.get("name"),
        packages=cast(JsonObject, value.get("packages") or {}),
        network=_network_of(reporter, value.get("network"), join(path, "network")),
        setup_commands=tuple(map(_command_of, value.get("setup_commands") or [])),
        env=value.get("env") or {},
        skills=tuple(
            cast(JsonObject, {"type": "skill_reference", **skill})
            for skill in value.get("skills") or []
        ),
        desktop=bool(desktop and desktop["enabled"]),
        capability_directories=tuple(value.get("capability_directories") or ()),
    )


def _command_of(value: types.SetupCommand) -> SetupCommand:
    if isinstance(value, str):
        return SetupCommand(value)
    return SetupCommand(value["command"], value.get("cwd"))


def _network_of(reporter: Reporter, value: types.Network | None, path: Path) -> JsonObject:
    """The rules, with a report of domains that would mean nothing or be refused."""
    if value is None:
        return CLOSED
    given = [name for name in ("allowed_domains", "blocked_domains") if value.get(name)]
    detail = ""
    if given and value["access"] != "restricted":
        detail = f"Domains are for `access: restricted`, and this is {value['access']}."
    elif len(given) > 1:
        detail = "Either the domains are named that may be reached, or those that may not."
    if detail:
        where = join(path, given[-1])
        reporter.report(codes.CONFLICTING_FIELDS, where, given[-1], detail=detail, at_key=True)
    return cast(JsonObject, value)


def _files_of(finder: FileFinder, value: _Settings, path: Path) -> tuple[LocalFile, ...]:
    """The files that the globs name, each once, by path; too many or too large are reported."""
    files: dict[str, LocalFile] = {}
    where = join(path, "files")
    for i, pattern in indexed(value.get("files") or []):
        for file in finder.uploads(pattern, join(where, i)):
            if file.bytes > MAX_FILE_BYTES:
                _report_large(finder.reporter, file, join(where, i))
            files[file.path] = file
    if len(files) > MAX_FILES:
        detail = f"They name {len(files)} files; {MAX_FILES} are allowed."
        finder.reporter.report(codes.TOO_MANY, where, "files", detail=detail, at_key=True)
    return tuple(files[name] for name in sorted(files))


def _report_large(reporter: Reporter, file: LocalFile, path: Path) -> None:
    reporter.report(
        codes.FILE_TOO_LARGE,
        path,
        file.path,
        detail=f"It has {file.bytes / _MEGABYTE:,.1f} MB.",
        fix=f"A file of an environment has at most {MAX_FILE_BYTES // _MEGABYTE} MB: split it.",
    )
