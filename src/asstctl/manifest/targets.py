"""The targets of ``asstctl.yaml``: the one that is meant, and what its references stand for."""

import re
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import urlsplit

from asstctl.manifest import codes
from asstctl.manifest.document import Context
from asstctl.manifest.interpolate import Replaced, Scope, Unknown, environment_names
from asstctl.manifest.paths import OWN_FOLDER
from asstctl.manifest.problems import Rejected
from asstctl.manifest.secrets import looks_written_out
from asstctl.manifest.values import Path, Plain
from asstctl.manifest.wording import did_you_mean, named
from asstctl.model.project import (
    DEFAULT_PARALLELISM,
    DEFAULT_TIMEOUT,
    AssistantsTarget,
    LocalTarget,
    Secret,
    Target,
    UpstreamModel,
)
from asstctl.text.words import shortened

DEFAULT_TARGETS: dict[str, Plain] = {"local": {"api": "local"}}
"""What a project without ``targets`` has."""

_WRITTEN_OUT = "What stands around the reference looks like a secret itself."
_DEFAULT_ACCOUNT = f"{OWN_FOLDER}/account.db"


def targets_in(value: dict[str, Any]) -> dict[str, Plain]:
    """The ``targets`` of a project, of whatever shape they are."""
    targets = value.get("targets")
    return targets if isinstance(targets, dict) and targets else DEFAULT_TARGETS


def choose(ctx: Context, wanted: str | None, environ: Mapping[str, str]) -> str | None:
    """The name of the target to use; None when that was reported."""
    path: Path = ("target",)
    if wanted is None and isinstance(ctx.value.get("target"), str):
        try:
            wanted = Scope(environ).replace(ctx.value["target"]).text
        except Rejected as rejected:
            ctx.reject(rejected, path)
            return None
    elif wanted is not None:
        path = ("targets",)
    names = ctx.targets
    if wanted is None:
        if len(names) == 1:
            return names[0]
        detail = f"The project has several: {', '.join(names)}."
        ctx.report(codes.TARGET_NOT_CHOSEN, ("targets",), detail=detail, at_key=True)
        return None
    if wanted in names:
        return wanted
    ctx.report(
        codes.UNKNOWN_TARGET,
        path,
        shortened(wanted),
        detail=f"The project has {', '.join(names)}.",
        fix=did_you_mean(wanted, names),
    )
    return None


def scope_of(ctx: Context, name: str | None, environ: Mapping[str, str], *, strict: bool) -> Scope:
    """What references stand for when a target is used; its ``vars`` go over the project's.

    Only a ``strict`` scope reports variables whose own references fail, and needs every
    environment variable to be set.
    """
    variables: dict[str, Replaced] = {}
    broken: set[str] = set()
    inner = Scope(environ, lenient=not strict)
    for key, (path, value) in _variables(ctx.value, name).items():
        try:
            variables[key] = inner.replace(_as_text(value))
        except Unknown:
            broken.add(key)
        except Rejected as rejected:
            broken.add(key)
            if strict:
                ctx.reject(rejected, path)
    return Scope(environ, variables, name, not strict, frozenset(broken))


def _variables(value: dict[str, Any], name: str | None) -> dict[str, tuple[Path, Plain]]:
    """Each variable's value and its place."""
    target = targets_in(value).get(name) if name else None
    found: dict[str, tuple[Path, Plain]] = {}
    for holder, path in ((value, ()), (target, ("targets", name))):
        own = holder.get("vars") if isinstance(holder, dict) else None
        for key, item in (own if isinstance(own, dict) else {}).items():
            if isinstance(item, str | int | float):
                found[key] = ((*path, "vars", key), item)
    return found


def _as_text(value: Plain) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def target_of(ctx: Context, name: str, value: dict[str, Any], scope: Scope) -> Target:
    """A target that its schema has accepted."""
    path: Path = ("targets", name)
    parallelism = int(value.get("parallelism", DEFAULT_PARALLELISM))
    timeout = float(value.get("timeout", DEFAULT_TIMEOUT))
    if value["api"] == "local":
        return LocalTarget(
            name=name,
            path=_account_file(ctx, value.get("path", _DEFAULT_ACCOUNT), (*path, "path")),
            model=_upstream(ctx, value.get("model"), (*path, "model"), scope),
            parallelism=parallelism,
            timeout=timeout,
        )
    headers = {
        header: secret
        for header, text in (value.get("headers") or {}).items()
        if (secret := _secret(ctx, text, (*path, "headers", header), scope))
    }
    return AssistantsTarget(
        name=name,
        base_url=_url(ctx, value["base_url"], (*path, "base_url"), azure="api_version" in value),
        api_key=_secret(ctx, value.get("api_key"), (*path, "api_key"), scope),
        api_version=value.get("api_version"),
        headers=headers,
        parallelism=parallelism,
        timeout=timeout,
    )


def _account_file(ctx: Context, text: str, path: Path) -> FilePath:
    try:
        return ctx.files.place(text)
    except Rejected as rejected:
        ctx.reject(rejected, path)
        return ctx.files.root / _DEFAULT_ACCOUNT


def _upstream(
    ctx: Context, value: dict[str, Any] | None, path: Path, scope: Scope
) -> UpstreamModel | None:
    if value is None:
        return None
    return UpstreamModel(
        base_url=_url(ctx, value["base_url"], (*path, "base_url")),
        name=value["name"],
        api_key=_secret(ctx, value.get("api_key"), (*path, "api_key"), scope),
    )


def _secret(ctx: Context, text: str | None, path: Path, scope: Scope) -> Secret | None:
    """What is sent as a secret, made of environment variables that fit into a header."""
    if not text:
        return None
    if looks_written_out(text):
        ctx.report(codes.LITERAL_SECRET, path, named(path), detail=_WRITTEN_OUT)
        return None
    names = environment_names(text)
    found = {name: scope.environ.get(name) for name in names}
    values = {name: value.strip() for name, value in found.items() if value is not None}
    try:
        replaced = Scope(values, lenient=scope.lenient).replace(text)
    except Unknown:
        return None
    except Rejected as rejected:
        ctx.reject(rejected, path)
        return None
    if scope.lenient:
        return Secret(replaced.text, replaced.secrets)
    for name in names:
        if not values[name]:
            ctx.report(codes.UNSET_VARIABLE, path, name, detail="It is set, but to nothing.")
        elif flaw := _flaw(values[name]):
            ctx.report(codes.BAD_SECRET, path, name, detail=flaw)
    return Secret(replaced.text, replaced.secrets)


def _flaw(value: str) -> str:
    """Why a value cannot stand in a header; empty when it can. Nothing of it is quoted."""
    if re.search(r"[\r\n]", value):
        return "It holds a line break."
    if re.search(r"[\x00-\x1f\x7f]", value):
        return "It holds a control character."
    return "" if value.isascii() else "It holds a character that is not ASCII."


def _url(ctx: Context, text: str, path: Path, *, azure: bool = False) -> str:
    def wrong(detail: str, fix: str = "") -> None:
        ctx.report(codes.BAD_URL, path, "base_url", detail=detail, fix=fix)

    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        wrong("It is not a URL.")
        return text
    if "@" in parts.netloc:
        wrong(
            "It holds a user name or password, which would reach logs and plans.",
            "Take it out and send the secret in `api_key` or `headers`.",
        )
    elif not parts.hostname or any(char.isspace() for char in text):
        wrong("It names no host.")
    elif parts.query or parts.fragment:
        wrong("It goes on after the path; asstctl adds paths of its own to it.")
    elif azure and "openai" in parts.path.lower().rstrip("/").split("/")[:-1]:
        wrong(
            "With `api_version` asstctl adds /openai and what follows it.",
            f"Write the resource's endpoint alone: {parts.scheme}://{parts.netloc}.",
        )
    return text
