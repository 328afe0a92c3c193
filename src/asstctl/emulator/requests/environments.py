"""Bodies of ``/agents/environments``: what a sandbox is made of.

Nothing of it is installed or run here, but it is checked as the original checks it.
"""

import base64
import binascii
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from asstctl.emulator.errors import rule
from asstctl.emulator.requests.common import Part

MAX_FILE_BYTES = 50 * 1024 * 1024
_RESERVED = (".codex", ".managed-agents", "outputs")


def _destination(path: str) -> str:
    parts = path.split("/")
    inside = path.startswith("/workspace/") and not {"", ".", ".."} & set(parts[2:])
    if not inside or "\0" in path or "\\" in path:
        raise rule(
            "invalid_value",
            "Invalid '{param}': expected the absolute path of a file inside /workspace.",
        )
    if parts[2] in _RESERVED or parts[2].startswith(".managed-agents-"):
        raise rule("invalid_value", f"Invalid '{{param}}': '{parts[2]}' is reserved.")
    return path


def _absolute(path: str) -> str:
    if not path.startswith("/"):
        raise rule("invalid_value", "Invalid '{param}': expected an absolute path.")
    return path


def decoded(data: str) -> bytes:
    """Decode standard base64; the data was checked when it came in."""
    return base64.b64decode(data, validate=True)


def _base64(data: str) -> str:
    try:
        size = len(decoded(data))
    except (binascii.Error, ValueError):
        raise rule("invalid_value", "Invalid '{param}': expected standard base64.") from None
    if size > MAX_FILE_BYTES:
        raise rule("invalid_value", f"Invalid '{{param}}': more than {MAX_FILE_BYTES} bytes.")
    return data


Destination = Annotated[str, AfterValidator(_destination)]
AbsolutePath = Annotated[str, AfterValidator(_absolute)]
Base64 = Annotated[str, AfterValidator(_base64)]


class UploadedFile(Part):
    """An upload that is copied into the sandbox."""

    type: Literal["file_id"]
    file_id: str
    path: Destination


class InlineFile(Part):
    """A file whose bytes come along."""

    type: Literal["inline"]
    data: Base64
    path: Destination


EnvironmentFile = Annotated[UploadedFile | InlineFile, Field(discriminator="type")]


def _apart(paths: Iterable[str]) -> str | None:
    """Give a path that is there twice, or that is the folder of another."""
    seen: set[str] = set()
    for path in paths:
        if path in seen:
            return path
        seen.add(path)
    return next(
        (str(up) for path in seen for up in PurePosixPath(path).parents if str(up) in seen), None
    )


def _check_files(files: list[UploadedFile | InlineFile]) -> list[UploadedFile | InlineFile]:
    clash = _apart(file.path for file in files)
    if clash is not None:
        raise rule("invalid_value", f"Invalid '{{param}}': two files claim the path '{clash}'.")
    return files


Files = Annotated[list[EnvironmentFile], Field(max_length=50), AfterValidator(_check_files)]


class Archive(Part):
    """A ZIP archive."""

    type: Literal["base64"]
    media_type: Literal["application/zip"]
    data: Base64


class InlineArchive(Part):
    """A skill or a plugin whose archive comes along."""

    type: Literal["inline"]
    name: str
    description: str
    source: Archive


class SkillReference(Part):
    """A skill of the account."""

    type: Literal["skill_reference"]
    skill_id: str
    version: str | None = None


class SetupCommand(Part):
    """A command that prepares the sandbox; it is never shown, and never run here."""

    command: str
    cwd: AbsolutePath | None = None


class Packages(Part):
    """What is installed."""

    python: list[str] | None = None
    npm: list[str] | None = None
    system: list[str] | None = None


class Desktop(Part):
    """Whether there is a desktop."""

    enabled: bool


class Network(Part):
    """What the sandbox may reach."""

    access: Literal["enabled", "disabled", "restricted"]
    allowed_domains: list[str] | None = None
    blocked_domains: list[str] | None = None


def _check_network(network: Network) -> Network:
    blocked = network.blocked_domains or []
    if blocked and network.access != "restricted":
        told = "blocked_domains need access 'restricted'"
    elif blocked and network.allowed_domains:
        told = "give either allowed_domains or blocked_domains, not both"
    elif any("*" in domain for domain in blocked):
        told = "blocked_domains take no wildcards"
    else:
        return network
    raise rule("invalid_value", f"Invalid '{{param}}': {told}.")


class HostedSettings(Part):
    """What templates and sessions may say of a hosted sandbox."""

    files: Files | None = None
    packages: Packages | None = None
    setup_commands: Annotated[list[SetupCommand], Field(max_length=16)] | None = None
    env: dict[str, str] | None = None
    network: Annotated[Network, AfterValidator(_check_network)] | None = None
    skills: list[Annotated[SkillReference | InlineArchive, Field(discriminator="type")]] | None = (
        None
    )
    plugins: list[InlineArchive] | None = None
    desktop: Desktop | None = None
    capability_directories: list[AbsolutePath] | None = None


class TemplateFields(HostedSettings):
    """``POST /agents/environments/templates``, and updates: what is left out is kept."""

    name: Annotated[str, Field(min_length=1, max_length=256)] | None = None
