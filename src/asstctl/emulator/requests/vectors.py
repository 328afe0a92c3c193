"""Bodies of the vector store endpoints."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from asstctl.emulator.requests.common import (
    Attributes,
    Chunking,
    ExpiresAfter,
    Metadata,
    Part,
    text_or,
    type_of,
)


class CreateVectorStore(Part):
    """``POST /vector_stores``."""

    name: str | None = None
    description: str | None = None
    file_ids: Annotated[list[str], Field(max_length=500, default_factory=list)]
    chunking_strategy: Chunking | None = None
    expires_after: ExpiresAfter | None = None
    metadata: Metadata | None = None


class UpdateVectorStore(Part):
    """``POST /vector_stores/{id}``."""

    name: str | None = None
    expires_after: ExpiresAfter | None = None
    metadata: Metadata | None = None


class AttachFile(Part):
    """``POST /vector_stores/{id}/files``, and one entry of a batch."""

    file_id: str
    attributes: Attributes | None = None
    chunking_strategy: Chunking | None = None


class UpdateAttributes(Part):
    """``POST /vector_stores/{id}/files/{file_id}``."""

    attributes: Attributes | None


class CreateBatch(Part):
    """``POST /vector_stores/{id}/file_batches``: ``file_ids`` or ``files``."""

    file_ids: Annotated[list[str], Field(min_length=1, max_length=2000)] | None = None
    files: Annotated[list[AttachFile], Field(min_length=1, max_length=2000)] | None = None
    attributes: Attributes | None = None
    chunking_strategy: Chunking | None = None


class Comparison(Part):
    """Compares one attribute."""

    type: Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]
    key: str
    value: str | bool | int | float | list[str | int | float]


class Compound(Part):
    """Combines filters."""

    type: Literal["and", "or"]
    filters: list["Filter"]


Filter = Annotated[
    Annotated[Comparison, Tag("eq")]
    | Annotated[Comparison, Tag("ne")]
    | Annotated[Comparison, Tag("gt")]
    | Annotated[Comparison, Tag("gte")]
    | Annotated[Comparison, Tag("lt")]
    | Annotated[Comparison, Tag("lte")]
    | Annotated[Comparison, Tag("in")]
    | Annotated[Comparison, Tag("nin")]
    | Annotated[Compound, Tag("and")]
    | Annotated[Compound, Tag("or")],
    Discriminator(type_of),
]


class SearchRanking(Part):
    """How a direct search ranks; the rankers differ in nothing here."""

    ranker: Literal["none", "auto", "default-2024-11-15"] = "auto"
    score_threshold: Annotated[float, Field(ge=0, le=1)] = 0.0


class Search(Part):
    """``POST /vector_stores/{id}/search``."""

    query: Annotated[
        Annotated[str, Tag("text")] | Annotated[list[str], Field(min_length=1), Tag("queries")],
        Discriminator(text_or("queries")),
    ]
    rewrite_query: bool = False
    max_num_results: Annotated[int, Field(ge=1, le=50)] = 10
    filters: Filter | None = None
    ranking_options: SearchRanking | None = None
