"""Bodies of the files and uploads endpoints."""

from typing import Annotated, Literal

from pydantic import Field

from asstctl.emulator.requests.common import Part

Purpose = Literal["assistants", "batch", "fine-tune", "vision", "user_data", "evals"]


class FileExpiry(Part):
    """When a file goes away by itself."""

    anchor: Literal["created_at"]
    seconds: Annotated[int, Field(ge=3600, le=2_592_000)]


class FileForm(Part):
    """The fields of ``POST /files`` beside the file itself."""

    purpose: Purpose
    expires_after: FileExpiry | None = None


class CreateUpload(Part):
    """``POST /uploads``."""

    filename: str
    purpose: Literal["assistants", "batch", "fine-tune", "vision"]
    bytes: Annotated[int, Field(ge=1, le=8 * 1024**3)]
    mime_type: str
    expires_after: FileExpiry | None = None


class CompleteUpload(Part):
    """``POST /uploads/{id}/complete``."""

    part_ids: list[str]
    md5: str | None = None
