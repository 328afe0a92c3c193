"""The inputs of the action, checked before anything is run."""

import hashlib
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runner import InputError

_COMMANDS = ("validate", "plan", "apply", "smoke")
_COMMENTS = ("true", "changes-only", "false")
_TAKEN = {"plan": "--out", "apply": "--report"}
"""What the action gives asstctl itself, and reads afterwards."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VAR = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SECRET_NAME = re.compile(r"(?i)key|token|secret|passw|credential")
_SHORTEST_SECRET = 8
"""Masking anything shorter would garble ordinary words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the workflow asks for.

    ``place`` is the project's folder as seen from the root of its git repository, ``vars`` are
    for ``${var.NAME}``, ``variables`` those of the ``env`` and ``secrets`` inputs. The values of
    the latter are ``secrets``, and ``hidden`` is all that nobody may read anywhere.
    """

    command: str
    target: str
    directory: Path
    place: str
    args: tuple[str, ...]
    vars: Mapping[str, str]
    plan_file: Path | None
    variables: Mapping[str, str]
    secrets: frozenset[str]
    hidden: frozenset[str]

    @property
    def key(self) -> str:
        """What stays the same from run to run for one project and target."""
        named = json.dumps([self.target, self.place])
        return hashlib.sha256(named.encode()).hexdigest()[:16]

    @property
    def subject(self) -> str:
        """The target and the folder, for people; empty when neither was given."""
        return " · ".join(word for word in (self.target, self.place) if word not in ("", "."))

    @property
    def slug(self) -> str:
        """The command and the subject in letters that every file system and artifact takes."""
        return self.named(self.command)

    def named(self, what: str) -> str:
        """The name of something of this project and target, in such letters."""
        words = re.sub(r"[^A-Za-z0-9_]+", "-", self.subject)[:40].strip("-")
        return "-".join(word for word in ("asstctl", what, words, self.key[:8]) if word)


def read_inputs(environ: Mapping[str, str]) -> Inputs:
    """The inputs from the environment. Raises InputError."""
    command = _one_of("command", environ.get("INPUT_COMMAND", ""), _COMMANDS)
    _one_of("comment", environ.get("INPUT_COMMENT", "true"), _COMMENTS)
    workspace = Path(environ.get("GITHUB_WORKSPACE", ".")).resolve()
    directory = workspace / (environ.get("INPUT_DIRECTORY") or ".")
    if not directory.is_dir():
        raise InputError(f"The working-directory {environ.get('INPUT_DIRECTORY')!r} is no folder.")
    plan_file = environ.get("INPUT_PLAN_FILE", "")
    if plan_file and command not in ("plan", "apply"):
        raise InputError(f"{command} takes no plan-file.")
    try:
        args = tuple(shlex.split(environ.get("INPUT_ARGS", "")))
    except ValueError as error:
        raise InputError(f"The args cannot be split: {error}.") from error
    taken = _TAKEN.get(command)
    if taken and any(arg.partition("=")[0] == taken for arg in args):
        raise InputError(f"The args may not hold {taken}, which the action itself gives.")
    secret = _variables("secrets", environ.get("INPUT_SECRETS", ""))
    secrets = frozenset(value for value in secret.values() if value)
    return Inputs(
        command=command,
        target=environ.get("INPUT_TARGET", ""),
        directory=directory,
        place=_place(directory.resolve(), workspace),
        args=args,
        vars=_variables("vars", environ.get("INPUT_VARS", ""), _VAR),
        plan_file=workspace / plan_file if plan_file else None,
        variables=_variables("env", environ.get("INPUT_ENV", "")) | secret,
        secrets=secrets,
        hidden=_hidden(environ, secrets),
    )


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise InputError(f"The {name} {value!r} is not one of {', '.join(known)}.")
    return value


def _place(directory: Path, workspace: Path) -> str:
    root = next((path for path in (directory, *directory.parents) if (path / ".git").exists()), "")
    for base in (root or workspace, workspace):
        if directory.is_relative_to(base):
            return directory.relative_to(base).as_posix()
    return directory.as_posix()


def _variables(source: str, lines: str, names: re.Pattern[str] = _VARIABLE) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(lines.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not names.fullmatch(name.strip()):
            # The line itself may be a secret.
            raise InputError(f"Line {number} of {source} is not NAME=value.")
        found[name.strip()] = value.strip()
    return found


def _hidden(environ: Mapping[str, str], secrets: frozenset[str]) -> frozenset[str]:
    named = {
        value
        for name, value in environ.items()
        if _SECRET_NAME.search(name) and not name.startswith("INPUT_")
    }
    return frozenset(value for value in secrets | named if len(value) >= _SHORTEST_SECRET)
