"""What the server holds, and the rules by which requests change it."""

import hashlib
import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from support.quirks import Metadata, Names, Quirks, Times

Json = Any
UNREADABLE: Final = b"UNREADABLE"
"""Content with this in it cannot be indexed."""
UNLUCKY: Final = b"UNLUCKY"
"""Content with this in it is not indexed for a reason of the server's own."""
_FIRST_SECOND: Final = 1_790_000_000
_TEXT_LIMITS: Final = {"name": 256, "description": 512, "instructions": 256_000}
_ASSISTANT: Final = frozenset(_TEXT_LIMITS) | {
    "model",
    "tools",
    "tool_resources",
    "temperature",
    "top_p",
    "response_format",
    "reasoning_effort",
    "metadata",
}
_STORE: Final = frozenset(["name", "description", "expires_after", "metadata"])
_NULLABLE: Final = frozenset(_ASSISTANT - {"model", "tools"})
_COUNTS: Final = ("in_progress", "completed", "failed", "cancelled", "total")


class RefusedError(Exception):
    """A request is answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass
class File:
    id: str
    filename: str
    content: bytes
    purpose: str
    made: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass
class Attached:
    """A file in a store. ``looks`` are still to come until it is indexed, or counted."""

    file_id: str
    attributes: dict[str, Any]
    chunking: tuple[int, int] | None
    made: int
    status: str
    looks: int = 0
    uncounted: int = 0
    error: dict[str, str] | None = None


@dataclass
class Thing:
    """An assistant or a store: the fields that somebody set."""

    id: str
    made: int
    fields: dict[str, Any]
    metadata: dict[str, str]
    files: dict[str, Attached] = field(default_factory=dict)
    code_files: list[str] = field(default_factory=list)
    store_ids: list[str] = field(default_factory=list)
    expired: bool = False


class State:
    """Assistants, stores and files by id, in the order in which they were made."""

    def __init__(self, quirks: Quirks) -> None:
        self.quirks = quirks
        self.assistants: dict[str, Thing] = {}
        self.stores: dict[str, Thing] = {}
        self.files: dict[str, File] = {}
        self.templates: dict[str, Thing] = {}
        """Environment templates: none but where agents are."""
        self._serial = 0

    def create_assistant(self, body: Json) -> Json:
        _refuse_unknown(body, _ASSISTANT)
        if "model" not in body:
            raise RefusedError(400, "model is required")
        self._check_assistant(body)
        made = self.tick()
        thing = Thing(self.new_id("asst"), made, {}, {})
        thing.metadata = self._metadata_of_new(body)
        self._set_assistant(thing, body)
        self.assistants[thing.id] = thing
        return self.show_assistant(thing.id)

    def update_assistant(self, assistant_id: str, body: Json) -> Json:
        _refuse_unknown(body, _ASSISTANT)
        self._check_assistant(body)
        thing = self.assistants[assistant_id]
        for name in self.quirks.resets - set(body):
            thing.fields.pop(name, None)
        self._set_assistant(thing, body)
        if "metadata" in body:
            self._set_metadata(thing, body["metadata"])
        return self.show_assistant(assistant_id)

    def delete_assistant(self, assistant_id: str) -> bool:
        return self.assistants.pop(assistant_id, None) is not None

    def show_assistant(self, assistant_id: str) -> Json:
        thing = self.assistants.get(assistant_id)
        if thing is None:
            return None
        defaults = {
            "name": None,
            "description": None,
            "instructions": None,
            "temperature": 1.0,
            "top_p": 1.0,
            "response_format": "auto",
        }
        fields = ({} if self.quirks.leaves_out_unset else defaults) | thing.fields
        tools = [self._show_tool(tool) for tool in thing.fields.get("tools", [])]
        if self.quirks.reorders_tools:
            tools.sort(key=lambda tool: (tool["type"], str(tool)), reverse=True)
        shown = {
            "id": thing.id,
            "object": "assistant",
            "created_at": self.time(thing.made),
            **fields,
            "tools": tools,
            "tool_resources": self._show_resources(thing),
            "metadata": self._show_metadata(thing),
        }
        if self.quirks.leaves_out_unset:
            return {name: value for name, value in shown.items() if value not in (None, {}, [])}
        return shown

    def settled(self, thing: Thing) -> dict[str, Any]:
        """What an assistant or a store was set to."""
        return thing.fields

    def assistants_shown(self) -> list[Json]:
        return [self.show_assistant(assistant_id) for assistant_id in self.assistants]

    def create_store(self, body: Json) -> Json:
        _refuse_unknown(body, _STORE | {"file_ids", "chunking_strategy"})
        self._check_metadata(body)
        made = self.tick()
        thing = Thing(self.new_id("vs"), made, {}, {})
        thing.metadata = self._metadata_of_new(body)
        self._set_store(thing, body)
        self.stores[thing.id] = thing
        for file_id in body.get("file_ids", ()):
            self._attach(thing, {"file_id": file_id})
        return self.show_store(thing.id)

    def update_store(self, store_id: str, body: Json) -> Json:
        _refuse_unknown(body, _STORE - {"description"})
        self._check_metadata(body)
        thing = self.stores[store_id]
        self._set_store(thing, body)
        if "metadata" in body:
            self._set_metadata(thing, body["metadata"])
        return self.show_store(store_id)

    def delete_store(self, store_id: str) -> bool:
        return self.stores.pop(store_id, None) is not None

    def look_at_store(self, store_id: str) -> Json:
        """What a store looks like; indexing goes on from look to look."""
        thing = self.stores.get(store_id)
        if thing is None:
            return None
        shown = self.show_store(store_id)
        for attached in thing.files.values():
            attached.uncounted = max(0, attached.uncounted - 1)
            if attached.looks:
                attached.looks -= 1
                if not attached.looks:
                    self._index(attached)
        return shown

    def show_store(self, store_id: str) -> Json:
        thing = self.stores[store_id]
        counted = [item for item in thing.files.values() if not item.uncounted]
        counts = {name: sum(item.status == name for item in counted) for name in _COUNTS}
        counts["total"] = len(counted)
        status = "in_progress" if counts["in_progress"] else "completed"
        shown = {
            "id": thing.id,
            "object": "vector_store",
            "created_at": self.time(thing.made),
            "name": None,
            "usage_bytes": 0,
            "last_active_at": self.time(thing.made),
            **thing.fields,
            "file_counts": counts,
            "status": "expired" if thing.expired else status,
            "metadata": self._show_metadata(thing),
        }
        if self.quirks.omits_counts:
            del shown["file_counts"]
        return shown

    def stores_shown(self) -> list[Json]:
        return [self.show_store(store_id) for store_id in self.stores]

    def attach(self, store_id: str, body: Json) -> Json:
        _refuse_unknown(body, {"file_ids", "files", "chunking_strategy", "attributes"})
        thing = self.stores.get(store_id)
        if thing is None:
            raise RefusedError(404, "no such store")
        if ("file_ids" in body) == ("files" in body):
            raise RefusedError(400, "one of file_ids and files is required")
        shared = {name: body[name] for name in ("chunking_strategy", "attributes") if name in body}
        entries = body.get("files") or [{"file_id": i, **shared} for i in body["file_ids"]]
        if not 1 <= len(entries) <= 2000:
            raise RefusedError(400, "a batch takes 1 to 2000 files")
        for entry in entries:
            self._check_entry(entry)
        for entry in entries:
            self._attach(thing, entry)
        return {
            "id": self.new_id("vsfb"),
            "object": "vector_store.files_batch",
            "status": "completed",
        }

    def detach(self, store_id: str, file_id: str) -> bool:
        thing = self.stores.get(store_id)
        return thing is not None and thing.files.pop(file_id, None) is not None

    def set_attributes(self, store_id: str, file_id: str, body: Json) -> Json:
        """Replace the attributes of a file in a store."""
        _refuse_unknown(body, {"attributes"})
        self._check_metadata({"metadata": body["attributes"]})
        thing = self.stores.get(store_id)
        item = thing.files.get(file_id) if thing else None
        if item is None:
            return None
        if not self.quirks.drops_attributes:
            item.attributes = dict(body["attributes"])
        return self._show_attached(store_id, item)

    def show_attached(self, store_id: str, file_id: str) -> Json:
        thing = self.stores.get(store_id)
        item = thing.files.get(file_id) if thing else None
        return None if item is None else self._show_attached(store_id, item)

    def attached_shown(self, store_id: str) -> list[Json]:
        return [
            self._show_attached(store_id, item) for item in self.stores[store_id].files.values()
        ]

    def upload(self, body: Json) -> Json:
        if set(body) != {"filename", "content", "purpose"}:
            raise RefusedError(400, f"unknown fields: {sorted(body)}")
        made = self.tick()
        name = self._file_name(body["filename"])
        file = File(self.new_id("file"), name, body["content"], body["purpose"], made)
        self.files[file.id] = file
        return self._show_file(file)

    def delete_file(self, file_id: str) -> bool:
        if not self.quirks.keeps_attached:
            for store in self.stores.values():
                store.files.pop(file_id, None)
        if self.quirks.unlinks_deleted:
            for assistant in self.assistants.values():
                assistant.code_files = [i for i in assistant.code_files if i != file_id]
        return self.files.pop(file_id, None) is not None

    def show_file(self, file_id: str) -> Json:
        file = self.files.get(file_id)
        return None if file is None else self._show_file(file)

    def files_shown(self) -> list[Json]:
        return [self._show_file(file) for file in self.files.values()]

    def expire(self, store_id: str) -> None:
        """Let a store's days be over."""
        self.stores[store_id].expired = True

    def _set_assistant(self, thing: Thing, body: Json) -> None:
        for name, value in body.items():
            if name in self.quirks.drops or name in ("metadata", "tool_resources"):
                continue
            if value is None:
                if not self.quirks.null_is_ignored:
                    thing.fields.pop(name, None)
            elif not (name == "tools" and not value and self.quirks.ignores_no_tools):
                thing.fields[name] = value
        resources = body.get("tool_resources") or {}
        if "code_interpreter" in resources:
            thing.code_files = list(resources["code_interpreter"].get("file_ids", ()))
        if "file_search" in resources:
            thing.store_ids = list(resources["file_search"].get("vector_store_ids", ()))
        if self.quirks.tracks_files and thing.code_files:
            thing.metadata["_file_ids"] = ",".join(thing.code_files)[:512]

    def _set_store(self, thing: Thing, body: Json) -> None:
        for name in ("name", "expires_after"):
            if name not in body:
                continue
            if body[name] is None and not self.quirks.null_is_ignored:
                thing.fields.pop(name, None)
            elif body[name] is not None:
                thing.fields[name] = body[name]

    def _metadata_of_new(self, body: Json) -> dict[str, str]:
        dropped = self.quirks.metadata is Metadata.DROPPED
        own = {} if dropped else dict(body.get("metadata") or {})
        return own | dict(self.quirks.foreign_metadata)

    def _set_metadata(self, thing: Thing, pairs: Json) -> None:
        pairs = dict(pairs or {})
        foreign = dict(self.quirks.foreign_metadata)
        if self.quirks.tracks_files and "_file_ids" in thing.metadata:
            foreign["_file_ids"] = thing.metadata["_file_ids"]
        match self.quirks.metadata:
            case Metadata.KEPT:
                thing.metadata = pairs | foreign
            case Metadata.MERGED:
                thing.metadata |= pairs
            case Metadata.DROPPED:
                pass

    def _check_assistant(self, body: Json) -> None:
        self._check_metadata(body)
        for name in sorted(self.quirks.refuses & body.keys()):
            raise RefusedError(400, f"unknown field: {name}")
        for name, limit in _TEXT_LIMITS.items():
            if len(body.get(name) or "") > limit:
                raise RefusedError(400, f"{name} is longer than {limit}")
        if any(body[name] is None for name in body if name not in _NULLABLE):
            raise RefusedError(400, "a field that cannot be null is null")
        tools = body.get("tools") or []
        names = [tool.get("function", {}).get("name", tool["type"]) for tool in tools]
        if len(tools) > 128 or len(set(names)) != len(names):
            raise RefusedError(400, "too many tools, or one twice")
        for tool in tools:
            _check_tool(tool)
        resources = body.get("tool_resources") or {}
        _refuse_unknown(resources, {"code_interpreter", "file_search"})
        files = resources.get("code_interpreter", {}).get("file_ids", [])
        stores = resources.get("file_search", {}).get("vector_store_ids", [])
        if len(files) > 20 or len(stores) > 1 or len(set(files)) != len(files):
            raise RefusedError(400, "too many resources, or one twice")
        for identifier in (*files, *stores):
            if identifier not in self.files and identifier not in self.stores:
                raise RefusedError(400, f"{identifier} does not exist")

    def _check_metadata(self, body: Json) -> None:
        pairs = body.get("metadata") or {}
        if any(not isinstance(value, str) for value in pairs.values()):
            raise RefusedError(400, "metadata values are strings")
        too_long = any(len(name) > 64 or len(value) > 512 for name, value in pairs.items())
        if self.quirks.enforces_limits and (len(pairs) > 16 or too_long):
            raise RefusedError(400, "metadata has at most 16 pairs of 64 and 512 characters")

    def _check_entry(self, entry: Json) -> None:
        _refuse_unknown(entry, {"file_id", "chunking_strategy", "attributes"})
        if entry["file_id"] not in self.files:
            raise RefusedError(400, f"{entry['file_id']} does not exist")
        self._check_metadata({"metadata": entry.get("attributes")})
        strategy = entry.get("chunking_strategy")
        if strategy is not None and strategy.get("type") != "auto":
            static = strategy["static"]
            size, overlap = static["max_chunk_size_tokens"], static["chunk_overlap_tokens"]
            if not 100 <= size <= 4096 or not 0 <= overlap <= size // 2:
                raise RefusedError(400, "chunking is out of bounds")

    def _attach(self, thing: Thing, entry: Json) -> None:
        strategy = entry.get("chunking_strategy") or {}
        static = strategy.get("static")
        attributes = {} if self.quirks.drops_attributes else dict(entry.get("attributes") or {})
        attached = Attached(
            entry["file_id"],
            attributes,
            (static["max_chunk_size_tokens"], static["chunk_overlap_tokens"]) if static else None,
            self.tick(),
            "in_progress",
            looks=self.quirks.indexing_looks,
            uncounted=self.quirks.lagging_counts,
        )
        if not attached.looks:
            self._index(attached)
        thing.files[attached.file_id] = attached

    def _index(self, attached: Attached) -> None:
        file = self.files.get(attached.file_id)
        if file is not None and UNREADABLE in file.content:
            attached.status = "failed"
            attached.error = {"code": "invalid_file", "message": "The file is not text."}
        elif file is not None and UNLUCKY in file.content:
            attached.status = "failed"
            attached.error = {"code": "server_error", "message": "An error on our side."}
        else:
            attached.status = "completed"

    def _show_attached(self, store_id: str, item: Attached) -> Json:
        chunking: Json = {"type": "other"}
        if item.chunking or self.quirks.fills_defaults:
            size, overlap = item.chunking or (800, 400)
            static = {"max_chunk_size_tokens": size, "chunk_overlap_tokens": overlap}
            chunking = {"type": "static", "static": static}
        return {
            "id": item.file_id,
            "object": "vector_store.file",
            "created_at": self.time(item.made),
            "vector_store_id": store_id,
            "status": item.status,
            "last_error": item.error,
            "chunking_strategy": chunking,
            "attributes": item.attributes or (None if self.quirks.null_metadata else {}),
        }

    def _file_name(self, sent: str) -> str:
        match self.quirks.renames_files:
            case Names.KEPT:
                return sent
            case Names.REPLACED:
                return re.sub(r"[^A-Za-z0-9.-]", "_", sent)
            case Names.COMPOSED:
                return unicodedata.normalize("NFC", sent)
            case Names.LOST:
                return "upload.bin"

    def _show_file(self, file: File) -> Json:
        return {
            "id": file.id,
            "object": "file",
            "bytes": len(file.content) + self.quirks.miscounts_bytes,
            "created_at": self.time(file.made),
            "filename": file.filename,
            "purpose": file.purpose,
            "status": "processed",
        }

    def _show_tool(self, tool: Json) -> Json:
        kind, fills = tool["type"], self.quirks.fills_defaults
        if kind == "file_search":
            options = {} if "file_search" in self.quirks.drops else tool.get("file_search", {})
            if fills:
                ranking = {"ranker": "default_2024_08_21", "score_threshold": 0.0}
                ranking |= options.get("ranking_options", {})
                options = {"max_num_results": 20, **options}
                options |= {"ranking_options": ranking, "hybrid_search": None}
            return {"type": kind, "file_search": options} if options else {"type": kind}
        if kind == "function":
            function = dict(tool["function"])
            if "strict" in self.quirks.drops:
                function.pop("strict", None)
            if fills:
                function = {"strict": False, "description": None, **function}
            return {"type": kind, "function": function}
        return dict(tool)

    def _show_resources(self, thing: Thing) -> Json:
        resources: dict[str, Any] = {}
        if thing.code_files or self.quirks.fills_defaults:
            resources["code_interpreter"] = {"file_ids": thing.code_files}
        if thing.store_ids or self.quirks.fills_defaults:
            resources["file_search"] = {"vector_store_ids": thing.store_ids}
        return resources

    def _show_metadata(self, thing: Thing) -> Json:
        return dict(thing.metadata) or (None if self.quirks.null_metadata else {})

    def tick(self) -> int:
        self._serial += 1
        return self._serial

    def new_id(self, prefix: str) -> str:
        hashed = hashlib.sha256(f"{prefix} {self._serial}".encode()).digest()
        if self.quirks.uuids:
            return str(uuid.UUID(bytes=hashed[:16], version=4))
        return f"{prefix}_{hashed.hex()[:24]}"

    def time(self, made: int) -> float:
        second = _FIRST_SECOND + made // self.quirks.per_second
        match self.quirks.times:
            case Times.SECONDS:
                return second
            case Times.FLOAT:
                return second + made % 7 / 7
            case Times.MILLISECONDS:
                return second * 1000


def _refuse_unknown(body: Mapping[str, Any], known: Iterable[str]) -> None:
    if unknown := set(body) - set(known):
        raise RefusedError(400, f"unknown fields: {sorted(unknown)}")


def _check_tool(tool: Json) -> None:
    _refuse_unknown(tool, {"type", tool["type"]})
    options = tool.get("file_search")
    if options is not None:
        _refuse_unknown(options, {"max_num_results", "ranking_options"})
        if not 1 <= options.get("max_num_results", 1) <= 50:
            raise RefusedError(400, "max_num_results is out of bounds")
        ranking = options.get("ranking_options")
        if ranking is not None:
            _refuse_unknown(ranking, {"ranker", "score_threshold"})
            if not 0 <= ranking["score_threshold"] <= 1:
                raise RefusedError(400, "score_threshold is out of bounds")
    if tool["type"] == "function":
        _refuse_unknown(tool["function"], {"name", "description", "parameters", "strict"})
        if "strict" in tool["function"] and not isinstance(tool["function"]["strict"], bool):
            raise RefusedError(400, "strict is a boolean")
