"""Secrets that are sent somewhere: manifests name them, and they are read from the environment."""

import re

from asstctl.manifest import codes
from asstctl.manifest.interpolate import Scope, Unknown, environment_names
from asstctl.manifest.problems import Rejected
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.secrets import looks_written_out
from asstctl.manifest.values import Path
from asstctl.manifest.wording import named
from asstctl.model.project import Secret

_WRITTEN_OUT = "What stands around the reference looks like a secret itself."


def is_credential(path: Path) -> bool:
    """Whether what stands there in a document is a secret that is sent: its reference stays."""
    return path[-1:] == ("authorization",) and path[-3:-2] == ("tools",)


def secret_of(reporter: Reporter, text: str | None, path: Path, scope: Scope) -> Secret | None:
    """What is sent as a secret, made of environment variables that fit into a header."""
    if not text:
        return None
    if looks_written_out(text):
        reporter.report(codes.LITERAL_SECRET, path, named(path), detail=_WRITTEN_OUT)
        return None
    names = environment_names(text)
    found = {name: scope.environ.get(name) for name in names}
    values = {name: value.strip() for name, value in found.items() if value is not None}
    try:
        replaced = Scope(values, lenient=scope.lenient).replace(text)
    except Unknown:
        return None
    except Rejected as rejected:
        reporter.reject(rejected, path)
        return None
    if scope.lenient:
        return Secret(replaced.text, replaced.secrets)
    for name in names:
        if not values[name]:
            reporter.report(codes.UNSET_VARIABLE, path, name, detail="It is set, but to nothing.")
        elif flaw := _flaw(values[name]):
            reporter.report(codes.BAD_SECRET, path, name, detail=flaw)
    return Secret(replaced.text, replaced.secrets)


def _flaw(value: str) -> str:
    """Why a value cannot stand in a header; empty when it can. Nothing of it is quoted."""
    if re.search(r"[\r\n]", value):
        return "It holds a line break."
    if re.search(r"[\x00-\x1f\x7f]", value):
        return "It holds a control character."
    return "" if value.isascii() else "It holds a character that is not ASCII."
