"""Globs: which paths of a project's folder one matches, and which linked folders it goes past.

``*``, ``?`` and ``[…]`` stand for parts of a name and ``**`` for any number of folders. Only what
starts with a dot matches hidden names, and ``**`` follows no symbolic links.
"""

import os
import re
from collections.abc import Iterator
from fnmatch import translate
from functools import cache
from typing import TypeAlias

from asstctl.manifest import codes
from asstctl.manifest.files.paths import OWN_FOLDER, is_glob, is_within, normalised
from asstctl.manifest.files.tree import Tree
from asstctl.manifest.problems import Rejected
from asstctl.model.paths import composed

_Passed: TypeAlias = dict[str, list[str]]
"""Linked folders that ``**`` went past, each with the steps that would have gone on there."""


def matches(tree: Tree, pattern: str) -> list[str]:
    """The paths that a normalised pattern matches, sorted. Raises Rejected for a bad glob."""
    return sorted(set(_walk(tree, "", pattern.split("/"), {})))


def linked_folders(tree: Tree, pattern: str) -> Iterator[Rejected]:
    """A warning for each linked folder that a glob goes past: its ``**`` follows none.

    Where nothing is missed there is none: the folder holds nothing for the glob, or the link
    leads back to where ``**`` starts. What is no usable path is reported elsewhere.
    """
    try:
        steps = normalised(pattern).split("/")
    except Rejected:
        return
    if "**" not in steps:
        return
    start = tree.real_path("/".join(steps[: steps.index("**")]))
    passed: _Passed = {}
    for _ in _walk(tree, "", steps, passed):
        pass
    for path, rest in sorted(passed.items()):
        real = tree.real_path(path)
        if not is_within(real, tree.root):
            detail = f"{pattern} follows no links, and this one leads out of the project."
            fix = "Copy what is needed into the project."
            yield Rejected(codes.LINKED_FOLDER, path, detail=detail, fix=fix)
        elif not is_within(real, start) and any(_walk(tree, path, rest, {})):
            detail = f"{pattern} follows no links."
            fix = f"Add {path}/{'/'.join(rest)} if it belongs there."
            yield Rejected(codes.LINKED_FOLDER, path, detail=detail, fix=fix)


def _walk(tree: Tree, folder: str, steps: list[str], passed: _Passed) -> Iterator[str]:
    step, rest = steps[0], steps[1:]
    prefix = f"{folder}/" if folder else ""
    if step == "**":
        yield from _walk(tree, folder, rest or ["*"], passed)
        for name, entry in tree.listing(folder).items():
            if name.startswith(".") or not _is_folder(entry):
                continue
            if entry.is_symlink():
                passed[f"{prefix}{name}"] = steps
            else:
                yield from _walk(tree, f"{prefix}{name}", steps, passed)
        return
    for name, entry in _matching(tree, folder, step):
        if rest:
            if _is_folder(entry):
                yield from _walk(tree, f"{prefix}{name}", rest, passed)
        elif not _is_folder(entry):
            yield f"{prefix}{name}"


def _matching(tree: Tree, folder: str, step: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    listing = tree.listing(folder)
    if not is_glob(step):
        for name in tree.forms(step, listing):
            if name != OWN_FOLDER:
                yield name, listing[name]
        return
    matches = _compiled(composed(step)).match
    for name, entry in listing.items():
        hidden = name.startswith(".") and not step.startswith(".")
        if not hidden and name != OWN_FOLDER and matches(composed(name)):
            yield name, entry


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


@cache
def _compiled(step: str) -> re.Pattern[str]:
    try:
        return re.compile(translate(step))
    except re.error:
        raise Rejected(codes.BAD_PATH, step, detail="It is not a valid glob.") from None
