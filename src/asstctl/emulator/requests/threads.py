"""Bodies of the thread and message endpoints."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from asstctl.emulator.requests.common import (
    AttachmentTool,
    CreateToolResources,
    Metadata,
    Part,
    ToolResources,
    text_or,
)


class TextPart(Part):
    """Text."""

    type: Literal["text"]
    text: Annotated[str, Field(max_length=256_000)]


class ImageFile(Part):
    """An uploaded image."""

    file_id: str
    detail: Literal["auto", "low", "high"] = "auto"


class ImageFilePart(Part):
    """An uploaded image as part of a message."""

    type: Literal["image_file"]
    image_file: ImageFile


class ImageUrl(Part):
    """An image on the web; it is never fetched here."""

    url: str
    detail: Literal["auto", "low", "high"] = "auto"


class ImageUrlPart(Part):
    """An image on the web as part of a message."""

    type: Literal["image_url"]
    image_url: ImageUrl


ContentPart = Annotated[TextPart | ImageFilePart | ImageUrlPart, Field(discriminator="type")]


Content = Annotated[
    Annotated[str, Field(max_length=256_000), Tag("text")]
    | Annotated[list[ContentPart], Field(min_length=1), Tag("parts")],
    Discriminator(text_or("parts")),
]


class Attachment(Part):
    """A file for tools."""

    file_id: str
    tools: list[AttachmentTool]


class CreateMessage(Part):
    """``POST /threads/{id}/messages``, and messages given in passing."""

    role: Literal["user", "assistant"]
    content: Content
    attachments: list[Attachment] | None = None
    metadata: Metadata | None = None


class CreateThread(Part):
    """``POST /threads``."""

    messages: list[CreateMessage] | None = None
    tool_resources: CreateToolResources | None = None
    metadata: Metadata | None = None


class UpdateThread(Part):
    """``POST /threads/{id}``."""

    tool_resources: ToolResources | None = None
    metadata: Metadata | None = None


class UpdateMetadata(Part):
    """``POST`` to a message or a run: only its metadata can change."""

    metadata: Metadata | None = None
