"""Repositories that tests make, with git itself."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_AUTHOR: Final = ("-c", "user.name=n", "-c", "user.email=n@example.com")
_LOCAL: Final = ("-c", "protocol.file.allow=always")


def git(folder: Path, *arguments: str) -> str:
    """Run git; what it prints."""
    done = subprocess.run(
        ["git", *_AUTHOR, *_LOCAL, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files, byte by byte."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)


def commit(folder: Path, message: str = "one") -> None:
    """Commit everything that is not ignored; a new repository begins with it."""
    if not (folder / ".git").exists():
        git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
