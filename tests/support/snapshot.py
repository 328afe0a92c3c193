"""What an account holds, with every id replaced by what it stands for."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from asstctl.model.json import canonical_json
from asstctl.remote.responses.bundle import Bundle
from support.server import Server
from support.state import Attached, File, State, Thing

Json = Any


@dataclass(frozen=True)
class Snapshot:
    """An account that can be compared with another. ``orphans`` nothing refers to."""

    assistants: list[Json]
    stores: list[Json]
    templates: list[Json]
    uploads: list[Json]
    orphans: list[Json]

    @property
    def without_orphans(self) -> tuple[list[Json], ...]:
        return self.assistants, self.stores, self.templates, self.uploads


def snapshot(server: Server, bundle: Bundle | None = None) -> Snapshot:
    """The account, object by object; a ``bundle`` holds the assistants of one of Responses."""
    state = server.state
    loose = {file.id for file in loose_files(server, bundle)}
    files = [((file.filename, file.sha256), file.id not in loose) for file in state.files.values()]
    return Snapshot(
        assistants=[
            *_sorted(_assistant(state, thing) for thing in state.assistants.values()),
            *_entries(state, bundle),
        ],
        stores=_sorted(_store(state, thing) for thing in state.stores.values()),
        templates=sorted((_template(state, it) for it in state.templates.values()), key=str),
        uploads=sorted(file for file, is_used in files if is_used),
        orphans=sorted(file for file, is_used in files if not is_used),
    )


def loose_files(server: Server, bundle: Bundle | None = None) -> list[File]:
    """The uploads that nothing refers to."""
    state = server.state
    used = code_files(bundle)
    for thing in (*state.assistants.values(), *state.stores.values()):
        used |= {*thing.code_files, *thing.files}
    for template in state.templates.values():
        used |= {file["file_id"] for file in template.fields.get("files", ())}
    return [file for file in state.files.values() if file.id not in used]


def code_files(bundle: Bundle | None) -> set[str]:
    """The uploads that the requests of a bundle name."""
    entries: Json = bundle.assistants if bundle else {}
    tools = [tool for entry in entries.values() for tool in entry["request"].get("tools", [])]
    containers = [tool["container"] for tool in tools if tool["type"] == "code_interpreter"]
    return {file_id for container in containers for file_id in container.get("file_ids", [])}


def duplicates(server: Server) -> list[str]:
    """Keys that two objects carry, and files that one object holds twice."""
    state = server.state
    found = []
    for things in (state.assistants, state.stores):
        keys = Counter(thing.metadata.get("asstctl_key", "") for thing in things.values())
        found += [key for key, count in keys.items() if key and count > 1]
        for thing in things.values():
            held = Counter(_content(state, i) for i in (*thing.code_files, *thing.files))
            found += [str(content) for content, count in held.items() if count > 1]
    marks = Counter(_key_of(template) for template in state.templates.values())
    return found + [mark for mark, count in marks.items() if mark and count > 1]


def _key_of(template: Thing) -> str:
    """The project and the key in the name of an environment template."""
    found = re.search(r"\(asstctl (.*):", template.fields.get("name") or "")
    return found[1] if found else ""


def _template(state: State, thing: Thing) -> Json:
    files = [
        (file["path"], *_content(state, file["file_id"])) for file in thing.fields.get("files", ())
    ]
    return {**{name: v for name, v in thing.fields.items() if v}, "files": sorted(files)}


def _entries(state: State, bundle: Bundle | None) -> list[Json]:
    """The entries and the stores of a bundle, ids replaced, without what is known of uploads."""
    if bundle is None:
        return []
    known = {i: f"{thing.filename} {thing.sha256}" for i, thing in state.files.items()}
    known |= {store_id: _key(state, store_id) for store_id in state.stores}
    unstable = ("files", "sent")
    entries = {
        key: {name: value for name, value in entry.items() if name not in unstable}
        for key, entry in bundle.assistants.items()
    }
    text = canonical_json([entries, bundle.vector_stores])
    for identifier, name in known.items():
        text = text.replace(json.dumps(identifier), json.dumps(name))
    named: list[Json] = json.loads(text)
    return named


def _assistant(state: State, thing: Thing) -> Json:
    fields = state.settled(thing)
    tools = sorted(fields.get("tools", []), key=str)
    return {
        **fields,
        "tools": tools,
        "metadata": _metadata(thing) | _environment(state, thing),
        "files": sorted(_content(state, file_id) for file_id in thing.code_files),
        "stores": [_key(state, store_id) for store_id in thing.store_ids],
    }


def _store(state: State, thing: Thing) -> Json:
    return {
        **thing.fields,
        "metadata": _metadata(thing),
        "expired": thing.expired,
        "files": sorted(_attached(state, item) for item in thing.files.values()),
    }


def _attached(state: State, item: Attached) -> Json:
    return (*_content(state, item.file_id), sorted(item.attributes.items()), item.chunking)


def _metadata(thing: Thing) -> Json:
    """All pairs but those that speak of upload ids, without the token of the run."""
    unstable = ("asstctl_files", "_file_ids")
    pairs = {name: v for name, v in thing.metadata.items() if not name.startswith(unstable)}
    if "asstctl_fields" in pairs:
        pairs["asstctl_fields"] = re.sub(r" ?@=\S+", "", pairs["asstctl_fields"])
    return pairs


def _environment(state: State, thing: Thing) -> Json:
    """The environment of an agent, by the key in its name."""
    template_id = thing.metadata.get("asstctl_environment")
    if not template_id:
        return {}
    template = state.templates.get(template_id)
    return {"asstctl_environment": _key_of(template) if template else "gone"}


def _content(state: State, file_id: str) -> tuple[str, str]:
    file = state.files.get(file_id)
    return (file.filename, file.sha256) if file else ("gone", file_id)


def _key(state: State, store_id: str) -> str:
    store = state.stores.get(store_id)
    return store.metadata.get("asstctl_key", "unstamped") if store else "gone"


def _sorted(things: Any) -> list[Json]:
    return sorted(things, key=lambda thing: (thing["metadata"].get("asstctl_key", ""), str(thing)))
