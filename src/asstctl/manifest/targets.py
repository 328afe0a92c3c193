"""The targets of ``asstctl.yaml``: the one that is meant, and what its references stand for."""

import os
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Final, TypedDict
from urllib.parse import urlsplit

from asstctl.manifest import codes
from asstctl.manifest.credentials import secret_of
from asstctl.manifest.files.paths import OWN_FOLDER
from asstctl.manifest.files.project_files import Files
from asstctl.manifest.interpolate import Replaced, Scope, Unknown
from asstctl.manifest.problems import Rejected
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.schema import types
from asstctl.manifest.values import Fields, Path, Plain, at
from asstctl.model.dialect import Api
from asstctl.model.paths import folded
from asstctl.model.project import (
    DEFAULT_CODE_TIMEOUT,
    DEFAULT_CONTEXT,
    DEFAULT_EMBEDDINGS,
    DEFAULT_PARALLELISM,
    DEFAULT_TIMEOUT,
    AgentsTarget,
    AssistantsTarget,
    CodeRunner,
    EmbeddingModel,
    LocalTarget,
    ResponsesTarget,
    Secret,
    Target,
    UpstreamModel,
)
from asstctl.model.suggestions import did_you_mean
from asstctl.text.words import listed, shortened

DEFAULT_TARGETS: Fields = {"local": {"api": "local"}}
"""What a project without ``targets`` has."""

TARGET_VARIABLE: Final = "ASSTCTL_TARGET"
"""The environment variable that names a target where no option does."""

_DEFAULT_ACCOUNT = f"{OWN_FOLDER}/account.db"
_OPENAI: Final = "https://api.openai.com/v1"


def targets_in(value: Fields) -> Fields:
    """The ``targets`` of a project that is not validated yet; the default ones when it has none."""
    targets = value.get("targets")
    return targets if isinstance(targets, dict) and targets else DEFAULT_TARGETS


def choose(
    reporter: Reporter, value: Fields, wanted: str | None, environ: Mapping[str, str]
) -> str | None:
    """The name of the target to use; None when that was reported.

    That is the one ``wanted``, else the one that the project (``value``) names, else its only one.
    """
    named_here = value.get("target")
    path: Path = ("target",)
    if wanted is None and isinstance(named_here, str):
        try:
            wanted = Scope(environ).replace(named_here).text
        except Rejected as rejected:
            reporter.reject(rejected, path)
            return None
    elif wanted is not None:
        path = ("targets",)
    names = tuple(targets_in(value))
    if wanted is None:
        if len(names) == 1:
            return names[0]
        detail = f"The project has several: {', '.join(names)}."
        reporter.report(codes.TARGET_NOT_CHOSEN, ("targets",), detail=detail, at_key=True)
        return None
    if wanted in names:
        return wanted
    reporter.report(
        codes.UNKNOWN_TARGET,
        path,
        shortened(wanted),
        detail=f"{_asked(wanted, environ)}The project has {', '.join(names)}.",
        fix=did_you_mean(wanted, names),
    )
    return None


def _asked(wanted: str, environ: Mapping[str, str]) -> str:
    """A variable that was set long ago is not what a person thinks of first."""
    return f"{TARGET_VARIABLE} names it. " if environ.get(TARGET_VARIABLE) == wanted else ""


def report_unknown(reporter: Reporter, value: Fields, given: Mapping[str, str]) -> None:
    """Report each variable that is ``given`` and that neither the project nor a target has."""
    known = dict.fromkeys(
        name for target in targets_in(value) for name in _variables(value, target)
    )
    for name in given:
        if name not in known:
            there = f"The project has {listed(known, 'and')}." if known else "The project has none."
            detail = f"It is given with --var. {there}"
            fix = did_you_mean(name, known)
            reporter.report(
                codes.UNKNOWN_VARIABLE, ("vars",), shortened(name), detail=detail, fix=fix
            )


def scope_of(
    reporter: Reporter,
    value: Fields,
    name: str | None,
    environ: Mapping[str, str],
    given: Mapping[str, str],
    *,
    strict: bool,
) -> Scope:
    """What references stand for when a target is used; its ``vars`` go over the project's.

    The ``given`` go over both, as they are: nothing in them is a reference. Only a
    ``strict`` scope reports variables whose own references fail, and needs every environment
    variable to be set.
    """
    variables: dict[str, Replaced] = {}
    broken: set[str] = set()
    inner = Scope(environ, lenient=not strict)
    for key, (path, item) in _variables(value, name).items():
        if key in given:
            continue
        try:
            variables[key] = inner.replace(_as_text(item))
        except Unknown:
            broken.add(key)
        except Rejected as rejected:
            broken.add(key)
            if strict:
                reporter.reject(rejected, path)
    variables |= {key: Replaced(text, text) for key, text in given.items()}
    return Scope(environ, variables, name, not strict, frozenset(broken))


def _variables(value: Fields, name: str | None) -> dict[str, tuple[Path, Plain]]:
    """Each variable's value and its place."""
    places: list[Path] = [("vars",)]
    if name is not None:
        places.append(("targets", name, "vars"))
    found: dict[str, tuple[Path, Plain]] = {}
    for place in places:
        own = at(value, *place)
        for key, item in own.items() if isinstance(own, dict) else ():
            if isinstance(item, str | int | float):
                found[key] = ((*place, key), item)
    return found


def _as_text(value: Plain) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def target_of(
    reporter: Reporter, files: Files, name: str, value: types.Target, scope: Scope
) -> Target:
    """A target that its schema has accepted; what only its texts can tell is validated here.

    ``timeout`` is in seconds. Secrets come from the ``scope``'s environment.
    """
    path: Path = ("targets", name)
    parallelism = int(value.get("parallelism", DEFAULT_PARALLELISM))
    timeout = float(value.get("timeout", DEFAULT_TIMEOUT))
    if value["api"] == "local":
        like = Api(value.get("like", Api.ASSISTANTS))
        return LocalTarget(
            name=name,
            path=_place(
                reporter, files, value.get("path"), (*path, "path"), default=_DEFAULT_ACCOUNT
            ),
            shown=value.get("path", _DEFAULT_ACCOUNT),
            like=like,
            bundle=_bundle(reporter, files, name, value) if like is Api.RESPONSES else None,
            model=_upstream(reporter, value.get("model"), (*path, "model"), scope),
            embeddings=_embeddings(reporter, value.get("embeddings"), (*path, "embeddings"), scope),
            code_interpreter=_code_runner(files, value.get("code_interpreter")),
            parallelism=parallelism,
            timeout=timeout,
        )
    server = _Server(
        name=name,
        base_url=_url(
            reporter,
            value.get("base_url", _OPENAI),
            (*path, "base_url"),
            azure="api_version" in value,
        ),
        api_key=secret_of(reporter, value.get("api_key"), (*path, "api_key"), scope),
        api_version=value.get("api_version"),
        headers=_headers(reporter, value.get("headers", {}), (*path, "headers"), scope),
        embeddings=value.get("embeddings", DEFAULT_EMBEDDINGS),
        parallelism=parallelism,
        timeout=timeout,
    )
    match value["api"]:
        case "responses":
            return ResponsesTarget(bundle=_bundle(reporter, files, name, value), **server)
        case "agents":
            return AgentsTarget(**server)
        case _:
            return AssistantsTarget(**server)


class _Server(TypedDict):
    """What every target with a server is made of."""

    name: str
    base_url: str
    api_key: Secret | None
    api_version: str | None
    headers: Mapping[str, Secret]
    embeddings: str
    parallelism: int
    timeout: float


def report_shared_bundles(reporter: Reporter, targets: Mapping[str, Target]) -> None:
    """Report each target whose bundle is the file of one that stands before it."""
    owners: dict[str, str] = {}
    for name, target in targets.items():
        bundle = target.bundle if isinstance(target, LocalTarget | ResponsesTarget) else None
        if bundle is None:
            continue
        first = owners.setdefault(folded(os.path.realpath(bundle)), name)
        if first != name:
            detail = f"The target {first} keeps its assistants there."
            path: Path = ("targets", name, "bundle")
            reporter.report(codes.SHARED_BUNDLE, path, bundle.name, detail=detail)


def _bundle(
    reporter: Reporter, files: Files, name: str, value: types.LocalTarget | types.ResponsesTarget
) -> FilePath:
    default, path = f"assistants.{name}.json", ("targets", name, "bundle")
    return _place(reporter, files, value.get("bundle"), path, default=default)


def _place(
    reporter: Reporter, files: Files, text: str | None, path: Path, *, default: str
) -> FilePath:
    """Where a file of asstctl's own is, or would be; that is inside the project."""
    try:
        return files.place(default if text is None else text)
    except Rejected as rejected:
        reporter.reject(rejected, path)
        return files.root / default


def _headers(
    reporter: Reporter, value: Mapping[str, str], path: Path, scope: Scope
) -> dict[str, Secret]:
    headers = {
        name: secret_of(reporter, text, (*path, name), scope) for name, text in value.items()
    }
    return {name: secret for name, secret in headers.items() if secret is not None}


def _upstream(
    reporter: Reporter, value: types.LocalTargetModel | None, path: Path, scope: Scope
) -> UpstreamModel | None:
    if value is None:
        return None
    return UpstreamModel(
        base_url=_url(reporter, value["base_url"], (*path, "base_url"), query=True),
        name=value.get("name"),
        names=value.get("names", {}),
        context=int(value.get("context", DEFAULT_CONTEXT)),
        api_key=secret_of(reporter, value.get("api_key"), (*path, "api_key"), scope),
    )


def _embeddings(
    reporter: Reporter, value: types.LocalTargetEmbeddings | None, path: Path, scope: Scope
) -> EmbeddingModel | None:
    if value is None:
        return None
    return EmbeddingModel(
        base_url=_url(reporter, value["base_url"], (*path, "base_url"), query=True),
        name=value["name"],
        api_key=secret_of(reporter, value.get("api_key"), (*path, "api_key"), scope),
    )


def _code_runner(files: Files, value: types.LocalTargetCodeInterpreter | None) -> CodeRunner | None:
    if value is None:
        return None
    timeout = float(value.get("timeout", DEFAULT_CODE_TIMEOUT))
    return CodeRunner(command=tuple(value["command"]), folder=files.root, timeout=timeout)


def _url(
    reporter: Reporter, text: str, path: Path, *, azure: bool = False, query: bool = False
) -> str:
    def wrong(detail: str, fix: str = "") -> None:
        reporter.report(codes.BAD_URL, path, "base_url", detail=detail, fix=fix)

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
    elif (parts.query and not query) or parts.fragment:
        wrong("It goes on after the path; asstctl adds paths of its own to it.")
    elif azure and "openai" in parts.path.lower().rstrip("/").split("/")[:-1]:
        wrong(
            "With `api_version` asstctl adds /openai and what follows it.",
            f"Write the resource's endpoint alone: {parts.scheme}://{parts.netloc}.",
        )
    return text
