"""Files of the project: content on disk that assistants and vector stores hold."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath


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
        return PurePosixPath(self.path).name


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
