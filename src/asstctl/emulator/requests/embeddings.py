"""The body of ``POST /embeddings``."""

from typing import Annotated, Literal

from pydantic import Field

from asstctl.emulator.requests.common import Part

Text = Annotated[str, Field(min_length=1)]


class CreateEmbeddings(Part):
    """Texts to embed. ``model`` may be any: the account has one endpoint for all."""

    input: Text | Annotated[list[Text], Field(min_length=1, max_length=2048)]
    model: str
    encoding_format: Literal["float", "base64"] = "float"
    user: str | None = None
