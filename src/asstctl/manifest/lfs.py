"""Git LFS pointers: what lies in a checkout where the content of large files was not fetched."""

from asstctl.manifest import codes
from asstctl.manifest.problems import Rejected

LARGEST_POINTER = 1024
"""A pointer has fewer bytes than this: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md."""

_FIRST_WORDS = b"version https://git-lfs.github.com/spec/"


def raise_if_pointer(path: str, data: bytes) -> None:
    """Refuse a whole file, or its first bytes, that stand for another. Raises Rejected."""
    if len(data) < LARGEST_POINTER and data.startswith(_FIRST_WORDS):
        detail = "Git LFS keeps the content elsewhere, and it was not fetched into this checkout."
        raise Rejected(codes.LFS_POINTER, path, detail=detail)
