"""What an account holds → manifests as a person would write them.

A manifest that is written here is valid. What it cannot say is left out, and a comment names it:
servers let through what the API does not.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from asstctl.manifest.kinds.common import MAX_CODE_FILES
from asstctl.manifest.schema.file_reference import is_file_reference
from asstctl.manifest.schema.json_schemas import flaw_of
from asstctl.manifest.values import Fields, Plain
from asstctl.manifest.writing.draft import Draft, cleaned, plain
from asstctl.manifest.writing.environments import environment_fields
from asstctl.manifest.writing.files import (
    comment,
    described,
    entry,
    strategy,
    unsearchable,
    unusable,
    valid,
)
from asstctl.manifest.writing.settings import hosted, is_whole, put_settings
from asstctl.manifest.yaml.text import LONGEST_KEY, is_block_text, line_count
from asstctl.model.assistant import (
    CodeInterpreter,
    FileSearch,
    Function,
    HostedTool,
    Tool,
    tool_name,
)
from asstctl.model.dialect import Dialect
from asstctl.model.file import portable_name
from asstctl.model.json import JsonObject
from asstctl.model.paths import folded
from asstctl.model.pulled import (
    Pulled,
    PulledAssistant,
    PulledEnvironment,
    PulledFile,
    PulledStore,
)
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking, VectorStoreSpec

FOLDERS: Final = ("assistants", "prompts", "tools", "files")
"""Where everything that is written here goes."""

_LONGEST_NAME: Final = 256
_MOST_TOOLS: Final = 128
_LONGEST_LINE: Final = 400
_LONGEST_BLOCK: Final = 2_000
_TALLEST_BLOCK: Final = 24
_TALLEST_SCHEMA: Final = 16
_MOST_FILES_LISTED: Final = 12
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file to be written; its path is relative to the project."""

    path: str
    text: str


def write_up(
    pulled: Pulled,
    *,
    defaults: JsonObject | None = None,
    is_new: Callable[[str], bool] = lambda folder: True,
) -> tuple[TextFile, ...]:
    """Manifests, prompts and schemas, by path.

    ``defaults`` are those of the project that they go to. ``is_new`` tells of a folder whether
    nothing but what was pulled will be in it.
    """
    author = _Author(pulled, plain(defaults or {}), is_new)
    for store in pulled.stores:
        if author.owner_of(store) is None:
            author.write_store(store)
    for environment in pulled.environments:
        if not author.is_own(environment):
            author.write_environment(environment)
    for assistant in pulled.assistants:
        author.write_assistant(assistant)
    return tuple(TextFile(path, author.texts[path]) for path in sorted(author.texts))


class _Author:
    def __init__(self, pulled: Pulled, defaults: Fields, is_new: Callable[[str], bool]) -> None:
        self._pulled = pulled
        self._defaults = defaults
        self._is_new = is_new
        self._stores = {store.key: store for store in pulled.stores}
        self._users = Counter(assistant.store for assistant in pulled.assistants)
        self._assistants = {assistant.key: assistant for assistant in pulled.assistants}
        self._environments = {item.key: item for item in pulled.environments}
        self._inhabitants = Counter(assistant.environment for assistant in pulled.assistants)
        self.texts: dict[str, str] = {}

    def owner_of(self, store: PulledStore) -> PulledAssistant | None:
        """The assistant whose manifest says all there is to say about a store."""
        owner = self._assistants.get(store.key)
        if owner is None or owner.store != store.key or self._users[store.key] > 1:
            return None
        searches = any(isinstance(tool, FileSearch) for tool in owner.spec.tools)
        has_files = any(not unsearchable(file) for file, _ in store.files)
        return owner if searches and has_files and _says_all(owner, store) else None

    def write_store(self, store: PulledStore) -> None:
        """Write a store's own manifest."""
        draft = Draft({"kind": "vector_store", "key": store.key}, list(store.remarks))
        draft.put("name", store.spec.name)
        self._put_files(draft, draft.value, store, "files")
        days = store.spec.expires_after_days
        draft.put("expires_after", days and {"anchor": "last_active_at", "days": days})
        draft.put_metadata(store.spec.metadata)
        draft.put("lifecycle", {"protect": True} if store.protect else None)
        draft.fit("vector-store")
        path = f"assistants/vector-stores/{store.key}.yaml"
        self.texts[path] = draft.text("vector-store", {})

    def is_own(self, environment: PulledEnvironment) -> bool:
        """Whether the manifest of an assistant says all there is to say about an environment."""
        owner = self._assistants.get(environment.key)
        alone = self._inhabitants[environment.key] == 1 and not environment.protect
        return owner is not None and owner.environment == environment.key and alone

    def write_environment(self, environment: PulledEnvironment) -> None:
        """Write an environment's own manifest."""
        draft = Draft({"kind": "environment", "key": environment.key})
        draft.value |= environment_fields(draft, environment)
        draft.put("lifecycle", {"protect": True} if environment.protect else None)
        draft.fit("environment")
        path = f"assistants/environments/{environment.key}.yaml"
        self.texts[path] = draft.text("environment", {})

    def write_assistant(self, assistant: PulledAssistant) -> None:
        """Write an assistant's manifest, with its long texts in files beside it."""
        spec = assistant.spec
        draft = Draft({"kind": "assistant", "key": assistant.key}, list(assistant.remarks))
        draft.put("name", spec.name)
        draft.put("description", spec.description)
        draft.put("model", spec.model or "unknown")
        if not spec.model:
            draft.remarks.append("model: the account names none.")
        draft.put("instructions", self._instructions(draft, assistant))
        draft.put("tools", self._tools(draft, assistant))
        self._mention_what_no_tool_uses(draft, assistant)
        put_settings(draft, spec, self._response_format(draft, assistant))
        draft.put("environment", self._environment(draft, assistant))
        draft.put_metadata(spec.metadata)
        draft.put("lifecycle", {"protect": True} if assistant.protect else None)
        draft.fit("assistant")
        path = f"assistants/{assistant.key}.yaml"
        self.texts[path] = draft.text("assistant", self._defaults)

    def _environment(self, draft: Draft, assistant: PulledAssistant) -> Plain:
        environment = self._environments.get(assistant.environment or "")
        if environment is None or self.is_own(environment):
            return environment_fields(draft, environment) if environment else None
        return {"key": environment.key}

    # --- texts ----------------------------------------------------------------------------------

    def _instructions(self, draft: Draft, assistant: PulledAssistant) -> Plain:
        text = _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", assistant.spec.instructions or "")
        if not text.strip() or text.startswith("\N{BOM}") or _is_short(text):
            return assistant.spec.instructions
        path = self._claim(f"prompts/{assistant.key}.md", text)
        limit = assistant.spec.dialect.limits["instructions"]
        if len(text) > limit:
            draft.remarks.append(
                f"instructions: {len(text):,} characters, where {limit:,} are allowed. "
                f"They are in {path}"
            )
            return None
        return {"file": path}

    def _response_format(self, draft: Draft, assistant: PulledAssistant) -> Plain:
        form = plain(assistant.spec.response_format)
        if not isinstance(form, dict):
            return form
        inner = form.get("json_schema")
        written = inner.get("schema") if isinstance(inner, dict) else None
        if isinstance(inner, dict) and isinstance(written, dict):
            name = f"{assistant.key}-answer"
            schema = self._schema(draft, written, name, "response_format", of_object=False)
            rest = {key: item for key, item in inner.items() if key != "schema"}
            form = {**form, "json_schema": {**rest, **({"schema": schema} if schema else {})}}
        return form

    def _schema(
        self, draft: Draft, schema: Fields, name: str, what: str, *, of_object: bool
    ) -> Plain:
        """A JSON Schema: written out when it is small, else in a file beside the manifests."""
        schema = cleaned(schema)
        flaw = flaw_of(schema, of_object=of_object)
        tall = _has_long_keys(schema) or line_count(schema) > _TALLEST_SCHEMA
        if not flaw and not tall and not is_file_reference(schema):
            return schema
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        path = self._claim(f"tools/{portable_name(f'{name}.json')}", text)
        if flaw:
            draft.remarks.append(f"{what}: {flaw} The schema is in {path}")
            return None
        return {"file": path}

    def _claim(self, path: str, text: str) -> str:
        """A place for a text; equal texts of one name share it."""
        stem, _, ending = path.rpartition(".")
        taken = {folded(other): other for other in self.texts}
        number = 1
        while (other := taken.get(folded(path))) is not None and self.texts[other] != text:
            number += 1
            path = f"{stem}-{number}.{ending}"
        self.texts.setdefault(other or path, text)
        return other or path

    # --- tools and files ------------------------------------------------------------------------

    def _tools(self, draft: Draft, assistant: PulledAssistant) -> list[Plain]:
        """Every tool that a manifest can say, and that the API has all it needs of."""
        spec = assistant.spec
        tools = [
            (tool, self._tool(draft, assistant, tool))
            for tool in _distinct(spec.tools, draft)[:_MOST_TOOLS]
        ]
        return [value for tool, value in tools if is_whole(draft, spec.dialect, tool, value)]

    def _tool(self, draft: Draft, assistant: PulledAssistant, tool: Tool) -> Fields:
        match tool:
            case CodeInterpreter():
                return self._code_interpreter(draft, assistant)
            case FileSearch():
                return self._file_search(draft, assistant, tool)
            case Function():
                return self._function(draft, assistant.spec.dialect, tool)
            case HostedTool():
                return hosted(draft, assistant.spec.dialect, tool)

    def _code_interpreter(self, draft: Draft, assistant: PulledAssistant) -> Fields:
        good = [file for file in assistant.code_files if not unusable(file)]
        missing = [(file, unusable(file)) for file in assistant.code_files if unusable(file)]
        missing += [(file, f"only {MAX_CODE_FILES} are allowed") for file in good[MAX_CODE_FILES:]]
        comment(draft, "code_interpreter", missing)
        paths: list[Plain] = [file.path for file in good[:MAX_CODE_FILES]]
        return {"type": "code_interpreter", **({"files": paths} if paths else {})}

    def _file_search(self, draft: Draft, assistant: PulledAssistant, tool: FileSearch) -> Fields:
        value: Fields = {"type": "file_search"}
        store = self._stores.get(assistant.store or "")
        if store is not None and self.owner_of(store) is not None:
            self._put_files(draft, value, store, "file_search")
        elif store is not None:
            value["vector_store"] = store.key
        if tool.max_num_results not in (None, 20):
            value["max_num_results"] = tool.max_num_results
        if ranking := _ranking(tool):
            value["ranking_options"] = ranking
        return value

    def _function(self, draft: Draft, dialect: Dialect, tool: Function) -> Fields:
        function: Fields = {"name": tool.name}
        if tool.description or dialect.tools["function"].missing(function):
            function["description"] = tool.description or ""
        if tool.parameters:
            what = f"function {tool.name}: parameters"
            parameters = self._schema(
                draft, plain(tool.parameters), tool.name, what, of_object=True
            )
            function |= {"parameters": parameters} if parameters else {}
        if tool.strict:
            function["strict"] = True
        if tool.defer_loading:
            function["defer_loading"] = True
        return {"type": "function", "function": function}

    def _put_files(self, draft: Draft, holder: Fields, store: PulledStore, about: str) -> None:
        """The files of a store, and the way in which most of them are cut."""
        good: list[tuple[PulledFile, Chunking]] = []
        missing: list[tuple[PulledFile, str]] = []
        for file, chunking in store.files:
            if problem := unsearchable(file):
                missing.append((file, problem))
            else:
                good.append((file, valid(draft, chunking)))
        if not good:
            # There is no field to stand above: the comment goes to the head of the manifest.
            draft.remarks += [f"file {described(file, problem)}" for file, problem in missing]
            return
        comment(draft, about, missing)
        usual, _ = Counter(chunking for _, chunking in good).most_common(1)[0]
        if self._is_whole_folder(store):
            holder["files"] = [f"files/{store.key}/**"]
        else:
            holder["files"] = [entry(file, chunking, usual) for file, chunking in good]
        if usual != AUTO_CHUNKING:
            holder["chunking_strategy"] = strategy(usual)

    def _is_whole_folder(self, store: PulledStore) -> bool:
        """Whether one pattern can stand for many files, since it finds exactly those."""
        folder = f"files/{store.key}"
        good = [(file.path or "", cut) for file, cut in store.files if not unsearchable(file)]
        paths = {path for path, _ in good}
        if len(paths) <= _MOST_FILES_LISTED or len({cut for _, cut in good}) > 1:
            return False
        if any("/." in path for path in paths) or not self._is_new(folder):
            return False
        return paths == self._files_in(folder)

    def _files_in(self, folder: str) -> set[str]:
        """The paths of all files of the account that were written to a folder."""
        paths = (file.path or "" for file in self._pulled.files.values())
        return {path for path in paths if path.startswith(f"{folder}/")}

    def _mention_what_no_tool_uses(self, draft: Draft, assistant: PulledAssistant) -> None:
        tools = {type(tool) for tool in assistant.spec.tools}
        if assistant.code_files and CodeInterpreter not in tools:
            names = ", ".join(file.path or file.name for file in assistant.code_files)
            draft.remarks.append(
                f"files of code_interpreter, which is not among its tools: {names}"
            )
        if assistant.store and FileSearch not in tools:
            draft.remarks.append(
                f"vector store {assistant.store} of file_search, which is not among its tools"
            )


def _says_all(owner: PulledAssistant, store: PulledStore) -> bool:
    """Whether a store is just what asstctl makes of the files of an assistant's file_search."""
    name = owner.spec.name or owner.key
    is_named_so = store.spec == VectorStoreSpec(name=name) and len(name) <= _LONGEST_NAME
    return is_named_so and store.protect == owner.protect


# --- values -------------------------------------------------------------------------------------


def _distinct(tools: Iterable[Tool], draft: Draft) -> list[Tool]:
    """Each tool once, as the API takes them; of two with one name the last counts."""
    found: dict[str, Tool] = {}
    for tool in tools:
        name = tool_name(tool)
        if name in found:
            draft.remarks.append(f"tools: {name.removeprefix('function.')} is there twice.")
        found[name] = tool
    if len(found) > _MOST_TOOLS:
        draft.remarks.append(f"tools: {len(found)} of them, where {_MOST_TOOLS} are allowed.")
    return list(found.values())


def _ranking(tool: FileSearch) -> Fields:
    """How a search ranks, where that is not what the API does anyway."""
    known = (None, "auto", "default_2024_08_21")
    ranking: Fields = {} if tool.ranker in known else {"ranker": tool.ranker}
    if ranking or tool.score_threshold or tool.hybrid_search:
        ranking["score_threshold"] = tool.score_threshold or 0
    if tool.hybrid_search:
        ranking["hybrid_search"] = plain(tool.hybrid_search)
    return ranking


def _is_short(text: str) -> bool:
    """Whether a text may stand in the manifest itself."""
    if "\n" not in text:
        return len(text) <= _LONGEST_LINE and text.isprintable()
    small = len(text) <= _LONGEST_BLOCK and text.count("\n") <= _TALLEST_BLOCK
    return small and is_block_text(text)


def _has_long_keys(value: Plain) -> bool:
    if isinstance(value, dict):
        return any(len(key) > LONGEST_KEY or _has_long_keys(value[key]) for key in value)
    return isinstance(value, list) and any(map(_has_long_keys, value))
