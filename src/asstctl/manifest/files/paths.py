"""Paths as manifests write them: relative to the project, with ``/``, and never out of it."""

import os
import re

from asstctl.manifest import codes
from asstctl.manifest.problems import Rejected

OWN_FOLDER = ".asstctl"
"""What asstctl keeps for itself in a project. No glob finds anything in it."""

_LONGEST_PATH = 4096
_GLOB_CHARACTERS = re.compile(r"[*?\[]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def normalised(path: str) -> str:
    """A path or glob with single ``/`` and no dots. Raises Rejected when it is not one of ours.

    ``./docs//../faq/**/**/*.md`` is ``faq/**/*.md``.
    """
    _raise_unless_usable(path)
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            if not steps:
                detail = "Its `..` leads out of the project's folder."
                raise Rejected(codes.OUTSIDE_PROJECT, path, detail=detail)
            steps.pop()
        elif step not in {"", "."} and (step != "**" or steps[-1:] != ["**"]):
            steps.append(step)
    if not steps:
        raise Rejected(codes.NOT_A_FILE, path or "(empty)", detail="It is the project's folder.")
    return "/".join(steps)


def _raise_unless_usable(path: str) -> None:
    """Refuse what is no relative path with ``/`` on any system. Raises Rejected."""
    if len(path) > _LONGEST_PATH:
        raise Rejected(codes.BAD_PATH, f"{path[:40]}…", detail=f"It has {len(path):,} characters.")
    if _CONTROL.search(path):
        shown = path.encode("ascii", "backslashreplace").decode()
        raise Rejected(codes.BAD_PATH, shown, detail="It holds a character that no path has.")
    if "\\" in path:
        fix = f"Write {path.replace(chr(92), '/')}."
        raise Rejected(codes.BAD_PATH, path, detail="Paths are written with `/`.", fix=fix)
    if path.startswith("/") or re.match(r"[A-Za-z]:/", path):
        detail = "It is an absolute path; paths count from the project's folder."
        raise Rejected(codes.OUTSIDE_PROJECT, path, detail=detail)


def is_glob(path: str) -> bool:
    """Whether a path, or one step of it, stands for several."""
    return _GLOB_CHARACTERS.search(path) is not None


def is_within(path: str, folder: str) -> bool:
    """Whether a real path is a folder or in it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
