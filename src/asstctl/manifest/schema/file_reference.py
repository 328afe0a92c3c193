"""``{file: PATH}``: what stands in a manifest for the content of a file."""

from typing import TypeGuard

from asstctl.manifest.schema import types


def is_file_reference(value: object) -> TypeGuard[types.FileReference]:
    """Whether a mapping is ``{file: PATH}``, perhaps with ``render``, and not itself a schema."""
    if not isinstance(value, dict) or not {"file"} <= value.keys() <= {"file", "render"}:
        return False
    return isinstance(value["file"], str) and isinstance(value.get("render", False), bool)
