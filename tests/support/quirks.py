"""How servers of this protocol differ. Each field is one habit that was seen in the field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Metadata(StrEnum):
    """What a server does with metadata."""

    KEPT = "kept"
    MERGED = "merged"
    """An update adds pairs and never takes one away."""
    DROPPED = "dropped"


class NotFound(StrEnum):
    """How a server says that one object is not there."""

    STATUS_404 = "404"
    NULL = "200 null"
    STATUS_400 = "400"
    STATUS_500 = "500"


class Again(StrEnum):
    """How a server answers the second delete of one object."""

    NOT_FOUND = "as not found"
    NOT_DELETED = "deleted: false"
    DELETED = "deleted: true"


class Deletes(StrEnum):
    """How a server answers a delete that it does not carry out."""

    DENIED = "deleted: false"
    CLAIMED = "deleted: true"
    NOT_FOUND = "404"
    NOT_ALLOWED = "405"
    NOT_IMPLEMENTED = "501"


class ErrorShape(StrEnum):
    """Where an error body keeps its words."""

    ENVELOPE = "envelope"
    STRING = "string"
    DETAIL = "detail"
    DETAILS = "details"
    MESSAGE = "message"
    PLAIN = "plain"
    HTML = "html"
    EMPTY = "empty"


class Times(StrEnum):
    """The unit of ``created_at``."""

    SECONDS = "seconds"
    FLOAT = "float"
    MILLISECONDS = "milliseconds"


class Names(StrEnum):
    """What a server makes of the names of uploads."""

    KEPT = "kept"
    REPLACED = "replaced"
    """Whatever is no letter, digit, dot or dash of ASCII becomes an underscore."""
    COMPOSED = "composed"
    """In the Unicode form NFC."""
    LOST = "lost"
    """Every upload has one and the same name."""


class FileList(StrEnum):
    """What ``GET /files`` is good for."""

    PAGED = "paged"
    WHOLE = "whole"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """A server's habits; by default those of the API itself."""

    fills_defaults: bool = False
    """Options that nobody sent read back with their defaults."""
    leaves_out_unset: bool = False
    reorders_tools: bool = False
    metadata: Metadata = Metadata.KEPT
    null_metadata: bool = False
    """No metadata reads back as null."""
    foreign_metadata: Mapping[str, str] = field(default_factory=dict)
    """Pairs that the server adds to every object that it makes."""
    tracks_files: bool = False
    """The server writes the ids of an assistant's files into its metadata."""
    uuids: bool = False
    created_is_201: bool = False
    omits_has_more: bool = False
    denies_more: bool = False
    """``has_more`` is false on every page."""
    ignores_after: bool = False
    refuses_after: bool = False
    ignores_limit: bool = False
    """Twenty objects, and no word of any more."""
    caps_limit: int | None = None
    """The longest page, whatever was asked for."""
    loses_ties: bool = False
    """Sorted by whole seconds, paged by id."""
    skips_ties: bool = False
    """Paged by whole seconds: what is left of a second is never shown."""
    ignores_order: bool = False
    per_second: int = 1
    """How many objects are made in one second."""
    drops: frozenset[str] = frozenset()
    """Fields of an assistant, or options of its tools, that are accepted and forgotten."""
    drops_attributes: bool = False
    null_is_ignored: bool = False
    resets: frozenset[str] = frozenset()
    """Fields that an update which leaves them out sets back."""
    ignores_no_tools: bool = False
    not_found: NotFound = NotFound.STATUS_404
    again: Again = Again.NOT_FOUND
    no_assistants: int | None = None
    """The status for the whole endpoint."""
    no_stores: int | None = None
    no_store_files: int | None = None
    """The status for the files of every store and for their batches."""
    nothing: int | None = None
    """The status for whatever is asked."""
    deletes: Deletes | None = None
    """Nothing is ever deleted."""
    refuses: frozenset[str] = frozenset()
    """Fields of an assistant that are answered 400."""
    errors: ErrorShape = ErrorShape.ENVELOPE
    times: Times = Times.SECONDS
    omits_list_object: bool = False
    refuses_empty_json: bool = False
    """A content type without a body is answered 400."""
    file_list: FileList = FileList.PAGED
    renames_files: Names = Names.KEPT
    miscounts_bytes: int = 0
    """How many bytes too many the server counts for every upload."""
    omits_counts: bool = False
    lagging_counts: int = 0
    """How many looks at a store do not count its newest files yet."""
    indexing_looks: int = 0
    """How many looks at a store it takes until a file is indexed."""
    unlinks_deleted: bool = False
    """Deleting an upload takes it out of assistants too."""
    keeps_attached: bool = False
    """Deleting an upload leaves it in the vector stores."""
    gives_content: bool = False
    """Uploads made for assistants can be downloaded; the API itself refuses that."""
    enforces_limits: bool = True
    fills_effort: bool = False
    """An agent without an effort reads back with its model's."""
    no_templates: int | None = None
    """The status for environment templates."""
    doubles_items: bool = False
    """A page shows every object twice."""


FIELD: Mapping[str, Quirks] = {
    "the API itself": Quirks(),
    "defaults filled in": Quirks(fills_defaults=True),
    "unset left out": Quirks(leaves_out_unset=True),
    "tools reordered": Quirks(reorders_tools=True),
    "metadata merged": Quirks(metadata=Metadata.MERGED),
    "metadata null": Quirks(null_metadata=True),
    "metadata gains foreign keys": Quirks(foreign_metadata={"provider_id": "p-1"}),
    "metadata tracks files": Quirks(tracks_files=True),
    "metadata merged, with foreign keys": Quirks(
        metadata=Metadata.MERGED, foreign_metadata={"provider_id": "p-1"}
    ),
    "UUIDs": Quirks(uuids=True),
    "201 on create": Quirks(created_is_201=True),
    "has_more missing": Quirks(omits_has_more=True),
    "has_more missing, limit capped": Quirks(omits_has_more=True, caps_limit=20),
    "limit capped": Quirks(caps_limit=20),
    "after ignored": Quirks(ignores_after=True),
    "after ignored, has_more missing": Quirks(ignores_after=True, omits_has_more=True),
    "after refused": Quirks(refuses_after=True),
    "after refused, has_more missing": Quirks(refuses_after=True, omits_has_more=True),
    "limit ignored": Quirks(ignores_limit=True),
    "has_more always false": Quirks(denies_more=True),
    "has_more always false, limit capped": Quirks(denies_more=True, caps_limit=20),
    "ties lost": Quirks(loses_ties=True, per_second=50, uuids=True),
    "attributes dropped": Quirks(drops_attributes=True),
    "reasoning_effort dropped": Quirks(drops=frozenset({"reasoning_effort"})),
    "strict dropped": Quirks(drops=frozenset({"strict"})),
    "file_search options dropped": Quirks(drops=frozenset({"file_search"})),
    "texts dropped": Quirks(drops=frozenset({"description", "temperature"})),
    "null ignored": Quirks(null_is_ignored=True),
    "update resets temperature": Quirks(resets=frozenset({"temperature"})),
    "no tools ignored": Quirks(ignores_no_tools=True),
    "not found is null": Quirks(not_found=NotFound.NULL, again=Again.NOT_DELETED),
    "not found is 400": Quirks(not_found=NotFound.STATUS_400, again=Again.DELETED),
    "not found is 500": Quirks(not_found=NotFound.STATUS_500),
    "errors are strings": Quirks(errors=ErrorShape.STRING),
    "errors are HTML": Quirks(errors=ErrorShape.HTML, not_found=NotFound.STATUS_400),
    "time as a float": Quirks(times=Times.FLOAT),
    "time in milliseconds": Quirks(times=Times.MILLISECONDS),
    "list object missing": Quirks(omits_list_object=True),
    "empty JSON refused": Quirks(refuses_empty_json=True),
    "files not paged": Quirks(file_list=FileList.WHOLE),
    "files not listed": Quirks(file_list=FileList.MISSING),
    "file names replaced": Quirks(renames_files=Names.REPLACED),
    "file names composed": Quirks(renames_files=Names.COMPOSED),
    "file names lost, attributes dropped": Quirks(renames_files=Names.LOST, drops_attributes=True),
    "bytes miscounted": Quirks(miscounts_bytes=33),
    "counts missing": Quirks(omits_counts=True),
    "counts late": Quirks(lagging_counts=2, indexing_looks=3),
    "indexing slow": Quirks(indexing_looks=3),
    "content given out": Quirks(gives_content=True),
    "deleted uploads unlinked": Quirks(unlinks_deleted=True),
    "deleted uploads stay attached": Quirks(keeps_attached=True),
}
"""The field: one server per habit, and the combinations that were met."""
