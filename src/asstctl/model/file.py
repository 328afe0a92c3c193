"""Files of the project: content on disk that assistants and vector stores hold."""

import base64
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote

_UNPORTABLE: Final = re.compile('[\x00-\x1f\x7f-\x9f\ud800-\udfff<>:"|?*]')
_PACKED: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_DEVICES: Final = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?")
_CHANGED: Final = re.compile(r"[^a-z0-9]")
"""Characters that some server replaces, escapes or drops in names."""
_LONGEST_NAME: Final = 200
"""In bytes. File systems allow 255; this leaves room for what people add."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file that a manifest refers to, found but not yet read.

    ``path`` is relative to the project, always with ``/``. ``source`` is where to open it.
    """

    path: str
    source: Path
    bytes: int

    @property
    def name(self) -> str:
        """The name that the upload carries and that citations show."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Content:
    """A local file whose bytes have been hashed. Equal ``sha256`` means equal content."""

    file: LocalFile
    sha256: str

    @property
    def path(self) -> str:
        """The file's path inside the project."""
        return self.file.path

    @property
    def name(self) -> str:
        """The file's last path segment."""
        return self.file.name

    @property
    def bytes(self) -> int:
        """The size in bytes."""
        return self.file.bytes


def packed_hash(sha256: str) -> str:
    """A SHA-256 in 43 characters of base64url, from hexadecimal."""
    return base64.urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip("=")


def unpacked_hash(packed: str) -> str | None:
    """The SHA-256 in hexadecimal; None when it is not what ``packed_hash`` makes."""
    if not _PACKED.fullmatch(packed):
        return None
    return base64.urlsafe_b64decode(f"{packed}=").hex()


def content_name(content: Content) -> str:
    """A name for an upload that proves its content: the hash, with the file's own ending."""
    return packed_hash(content.sha256) + PurePosixPath(portable_name(content.name)).suffix


def content_in(filename: str) -> str | None:
    """The SHA-256 of an upload that is named by its content; None for any other name."""
    return unpacked_hash(PurePosixPath(filename).name.partition(".")[0])


def portable_name(filename: str) -> str:
    """An upload's name as every file system can hold it: one segment, nothing reserved or hidden.

    Names come from the uploader; nothing in one can lead out of a folder.
    """
    name = _UNPORTABLE.sub("_", re.split(r"[\\/]", filename)[-1]).rstrip(". ")
    if not name.strip("."):
        name = "file"
    if _DEVICES.fullmatch(name) or name.startswith("."):
        name = f"_{name}"
    while len(name.encode()) > _LONGEST_NAME:
        stem, dot, suffix = name.rpartition(".")
        name = (
            f"{stem[:-1]}.{suffix}" if dot and len(stem) > len(suffix) else name[:-1].rstrip(". ")
        )
    return name


def is_named(filename: str, name: str) -> bool:
    """Whether an upload's name is that of a file of the project.

    Some servers give back the path of an upload, some its last segment only; and a name that no
    file system can hold stands for the nearest one that can be held. The two Unicode forms of
    one name are one name.
    """
    shown, wanted = (unicodedata.normalize("NFC", text) for text in (filename, name))
    return wanted in (shown, PurePosixPath(shown).name, portable_name(shown))


def is_like(filename: str, name: str) -> bool:
    """Whether an upload may have been sent under a name that the server has changed since.

    True for ``a_b.md`` and ``a b.md``, for ``size 2%22.csv`` and ``size 2".csv``.
    """
    return is_named(filename, name) or not cores(filename).isdisjoint(cores(name))


def cores(name: str) -> frozenset[str]:
    """What every server leaves of a name: those that drop accents, those that drop such letters.

    Names may be alike (``is_like``) when they share a core.
    """
    last = PurePosixPath(unquote(name)).name.lower()
    return frozenset(
        _CHANGED.sub("", unicodedata.normalize(form, last)) for form in ("NFC", "NFKD")
    )
