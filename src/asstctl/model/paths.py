"""Paths of a project: matched with the globs of manifests, and compared."""

import unicodedata
from collections.abc import Sequence
from fnmatch import fnmatchcase


def is_path(name: str) -> bool:
    """Whether the text is more than a file's bare name."""
    return "/" in name


def composed(name: str) -> str:
    """A name in the one Unicode form that its look-alikes share (NFC)."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def folded(name: str) -> str:
    """What two names have in common that are one name to macOS and Windows."""
    return composed(name).casefold()


def path_matches(pattern: str, path: str) -> bool:
    """Whether a path is the one that is written, or one that the glob finds.

    ``**`` stands for any number of folders, ``*`` never for a ``/``. Names that differ only in
    their Unicode form are the same.
    """
    pattern, path = composed(pattern), composed(path)
    steps = [step for step in pattern.split("/") if step not in ("", ".")]
    return "/".join(steps) == path or _steps_match(steps, path.split("/"))


def _steps_match(steps: Sequence[str], names: Sequence[str]) -> bool:
    if not steps or not names:
        return not steps and not names
    step, rest = steps[0], steps[1:]
    if step == "**":
        return _steps_match(rest or ["*"], names) or _steps_match(steps, names[1:])
    return fnmatchcase(names[0], step) and _steps_match(rest, names[1:])
