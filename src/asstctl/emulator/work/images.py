"""Images of messages, as a model that sees them is given them."""

import base64
import io
from dataclasses import replace

from asstctl.emulator.models.base import Image, ModelError, Prompt, Round, Turn
from asstctl.emulator.storage import Storage
from asstctl.emulator.store.blobs import FileReader

_MAX_BYTES = 20 * 1024 * 1024
_SIGNATURES = ((b"\x89PNG", "png"), (b"\xff\xd8", "jpeg"), (b"GIF8", "gif"), (b"RIFF", "webp"))


def with_contents(storage: Storage, prompt: Prompt) -> Prompt:
    """Give a prompt whose images of stored files are ``data:`` URLs of what is in them.

    Reads the files: call it in a thread. Raises `ModelError` for one that is gone or too large.
    """
    history = tuple(_loaded(storage, item) for item in prompt.history)
    return replace(prompt, history=history)


def _loaded(storage: Storage, item: Turn | Round) -> Turn | Round:
    if isinstance(item, Round) or not item.images:
        return item
    return replace(item, images=tuple(_content(storage, image) for image in item.images))


def _content(storage: Storage, image: Image) -> Image:
    if image.file_id is None:
        return image
    with FileReader(storage.database, image.file_id) as reader:
        if not 0 < reader.size <= _MAX_BYTES:
            why = "is larger than 20 MiB" if reader.size else "was deleted, or is empty"
            raise ModelError(f"The image '{image.file_id}' {why}.", "invalid_prompt")
        data = io.BufferedReader(reader).read()
    return Image(_data_url(data), None, image.detail)


def _data_url(data: bytes) -> str:
    """Give an image as a URL that holds it."""
    kind = next((kind for start, kind in _SIGNATURES if data.startswith(start)), "png")
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
