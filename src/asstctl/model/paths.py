"""Paths of a project held against the globs that manifests write."""

import unicodedata
from collections.abc import Sequence
from fnmatch import fnmatchcase


def is_path(name: str) -> bool:
    """Whether somebody wrote more than a file's bare name."""
    return "/" in name


def path_matches(pattern: str, path: str) -> bool:
    """Whether a path is the one that is written, or one that the glob finds.

    ``**`` stands for any number of folders, ``*`` never for a ``/``. Names that differ only in
    their Unicode form are the same.
    """
    pattern, path = (unicodedata.normalize("NFC", text) for text in (pattern, path))
    steps = [step for step in pattern.split("/") if step not in ("", ".")]
    return "/".join(steps) == path or _steps_match(steps, path.split("/"))


def _steps_match(steps: Sequence[str], names: Sequence[str]) -> bool:
    if not steps or not names:
        return not steps and not names
    step, rest = steps[0], steps[1:]
    if step == "**":
        return _steps_match(rest or ["*"], names) or _steps_match(steps, names[1:])
    return fnmatchcase(names[0], step) and _steps_match(rest, names[1:])
