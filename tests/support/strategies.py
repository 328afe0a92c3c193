"""Any project, as far as the API's limits go: assistants, stores, files, shared content."""

import string
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from asstctl.model.assistant import (
    AssistantSpec,
    CodeInterpreter,
    FileSearch,
    Function,
    HostedTool,
    Tool,
    tool_name,
)
from asstctl.model.desired import Desired, DesiredAssistant, DesiredStore
from asstctl.model.dialect import RESPONSES
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking, StoreFile, VectorStoreSpec
from support.projects import Folder, project

KEYS = ("alpha", "beta", "gamma")
STORE_KEYS = ("docs", "faq")
CONTENTS = (b"", b"one", b"two", b"three", b"\xff\xfe\x00")
PATHS = ("a/one.md", "a/two.md", "b/one.md", "b/copy of one.md", "c/\u00fcber.md")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=8)
numbers = st.one_of(
    st.integers(-(10**6), 10**6),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
"""Whatever JSON can say."""

_EASILY_CONFUSED: tuple[Any, ...] = (
    *(None, False, True, 0, 1, 0.0, 1.0, -0.0, "", "0", "1", "false", "null", [], {}),
    *(2**53, 2**53 + 1, 0.1, 0.1 + 2**-56, 1e16, 10**16, 1e-13, 2e-13),
)
"""Values that one comparison or another takes for each other."""

confusing_values = st.recursive(
    st.sampled_from(_EASILY_CONFUSED),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def near_pairs(draw: st.DrawFn) -> tuple[Any, Any]:
    """Two JSON values that differ in one place, or are the same after all.

    Two values drawn apart differ in so many places that one overlooked difference is never missed.
    """
    value = draw(confusing_values)
    return value, _mutated(value, draw)


def _mutated(value: Any, draw: st.DrawFn) -> Any:
    """The value with one place of it, or all of it, made another."""
    inside = list(range(len(value))) if isinstance(value, list) else []
    places = sorted(value) if isinstance(value, dict) else inside
    if places and draw(st.integers(0, 7)):
        place = draw(st.sampled_from(places))
        copy = value.copy()
        copy[place] = _mutated(value[place], draw)
        return copy
    others: list[Any] = [[value], {"": value}]
    if isinstance(value, list):
        others += [value[::-1], value * 2, value[1:]]
    elif isinstance(value, dict):
        others += [{name: value[name] for name in places[1:]}, {**value, "x": None}]
    elif not draw(st.booleans()):
        # What Python takes for equal, and nothing of another kind.
        others = [other for other in _EASILY_CONFUSED if other == value or not (other or value)]
    return draw(st.sampled_from(others))


schemas = st.fixed_dictionaries(
    {"type": st.just("object")},
    optional={
        "properties": st.dictionaries(names, json_values, max_size=2),
        "required": st.lists(names, max_size=2),
        "x-note": json_values,
    },
)
functions = st.builds(
    Function,
    name=st.sampled_from(["lookup", "order", "get_weather"]),
    description=st.none() | texts,
    parameters=st.none() | schemas,
    strict=st.none() | st.booleans(),
)
searches = st.builds(
    FileSearch,
    max_num_results=st.none() | st.integers(1, 50),
    ranker=st.sampled_from([None, "auto", "default_2024_08_21"]),
    score_threshold=st.none() | st.sampled_from([0.0, 0.25, 1.0]),
)
hybrid_searches = st.builds(
    replace,
    searches,
    hybrid_search=st.sampled_from([None, {"embedding_weight": 0.25, "text_weight": 1.0}]),
)
chunkings = st.sampled_from([AUTO_CHUNKING, Chunking(200, 100), Chunking(800, 0)])
metadata = st.dictionaries(
    st.text(string.ascii_lowercase, min_size=1, max_size=6), texts, max_size=3
)
response_formats = st.sampled_from(
    [
        None,
        "auto",
        {"type": "text"},
        {"type": "json_object"},
        {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}}},
    ]
)


hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
tool_lists = st.lists(
    st.one_of(st.just(CodeInterpreter()), searches, functions),
    unique_by=lambda tool: tool.name if isinstance(tool, Function) else type(tool).__name__,
    max_size=4,
).map(tuple)
assistant_specs = st.builds(
    AssistantSpec,
    model=st.sampled_from(["gpt-4o", "gpt-4o-mini"]),
    name=st.none() | texts,
    description=st.none() | texts,
    instructions=st.none() | texts,
    tools=tool_lists,
    code_files=st.lists(hashes, max_size=3, unique=True).map(tuple),
    vector_store=st.none() | names,
    temperature=st.none() | st.floats(0, 2),
    top_p=st.none() | st.floats(0, 1),
    response_format=response_formats,
    reasoning_effort=st.sampled_from([None, "low"]),
    metadata=metadata,
)
web_searches = st.builds(
    HostedTool,
    type=st.just("web_search"),
    options=st.fixed_dictionaries(
        {},
        optional={
            "search_context_size": st.sampled_from(["low", "medium", "high"]),
            "filters": st.just({"allowed_domains": ["example.com"]}),
            "user_location": st.just({"type": "approximate", "city": "Lisbon"}),
        },
    ),
)
mcp_servers = st.builds(
    HostedTool,
    type=st.just("mcp"),
    options=st.fixed_dictionaries(
        {"server_label": names, "server_url": st.just("https://mcp.example.com/sse")},
        optional={
            "server_description": texts,
            "allowed_tools": st.lists(names, max_size=2),
            "headers": st.just({"x-team": "support"}),
            "require_approval": st.sampled_from(
                ["always", "never", {"never": {"read_only": True}}]
            ),
        },
    ),
    needs=st.sampled_from([(), ("authorization",)]),
)
searched_tools = st.sampled_from(
    [
        HostedTool("tool_search"),
        HostedTool("programmatic_tool_calling"),
        Function("deferred", "Found by tool_search.", {"type": "object"}, defer_loading=True),
    ]
)


@st.composite
def responses_specs(draw: st.DrawFn) -> AssistantSpec:
    """Any bound assistant that a manifest can ask of a Responses target."""
    tool = st.one_of(
        st.just(CodeInterpreter()),
        hybrid_searches,
        functions,
        web_searches,
        mcp_servers,
        searched_tools,
    )
    tools = tuple(draw(st.lists(tool, unique_by=tool_name, max_size=5)))
    kinds = {type(tool) for tool in tools}
    spec = draw(assistant_specs)
    return replace(
        spec,
        tools=tools,
        description=None,
        code_files=spec.code_files if CodeInterpreter in kinds else (),
        vector_store=draw(names) if FileSearch in kinds else None,
        reasoning_effort=draw(st.sampled_from([None, "none", "low", "xhigh"])),
        reasoning_summary=draw(st.sampled_from([None, "auto", "detailed"])),
        verbosity=draw(st.sampled_from([None, "low", "medium", "high"])),
        service_tier=draw(st.sampled_from([None, "auto", "flex", "priority"])),
        dialect=RESPONSES,
    )


store_specs = st.builds(
    VectorStoreSpec,
    name=st.none() | texts,
    expires_after_days=st.none() | st.integers(1, 365),
    files=st.lists(
        st.builds(StoreFile, hashes, chunkings), max_size=3, unique_by=lambda file: file.ref
    ).map(tuple),
    metadata=metadata,
)


@dataclass(frozen=True)
class Blueprint:
    """A project that is not on disk yet: its files, and how to name them."""

    files: Mapping[str, bytes]
    assistants: Mapping[str, Mapping[str, Any]]
    stores: Mapping[str, Mapping[str, Any]]

    def build(self, root: Path) -> Desired:
        """Write the files and name them."""
        folder = Folder(root)
        for path, content in self.files.items():
            folder.write(path, content)
        resources: list[DesiredAssistant | DesiredStore] = [
            folder.store(key, tuple(fields["paths"]), **_rest(fields))
            for key, fields in self.stores.items()
        ]
        resources += [
            folder.assistant(key, code=tuple(fields["paths"]), **_rest(fields))
            for key, fields in self.assistants.items()
        ]
        return project(*resources)


@st.composite
def blueprints(draw: st.DrawFn) -> Blueprint:
    """Any project over a few keys and files, so that two of them have much in common."""
    files = draw(st.dictionaries(st.sampled_from(PATHS), st.sampled_from(CONTENTS), max_size=5))
    some = st.lists(st.sampled_from(sorted(files)), unique=True) if files else st.just([])
    stores = {}
    for key in draw(st.sets(st.sampled_from(STORE_KEYS))):
        paths = draw(some)
        cut = draw(st.fixed_dictionaries(dict.fromkeys(paths, chunkings)))
        stores[key] = {"paths": paths, "chunking": cut, **draw(_store_fields)}
    assistants = {}
    for key in draw(st.sets(st.sampled_from(KEYS))):
        tools: list[Tool] = [
            *draw(st.lists(functions, unique_by=lambda tool: tool.name, max_size=2)),
            *draw(st.lists(searches, max_size=1)),
        ]
        linked = draw(st.none() | st.sampled_from(sorted(stores))) if stores else None
        fields = draw(_assistant_fields)
        assistants[key] = {
            "paths": draw(some),
            "tools": tuple(tools),
            "store": linked,
            **{name: value for name, value in fields.items() if value is not None},
        }
    return Blueprint(files, assistants, stores)


_assistant_fields = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["gpt-4o", "gpt-4o-mini"]),
        "name": st.none() | texts,
        "description": st.none() | texts,
        "instructions": st.none() | texts,
        "temperature": st.none() | st.sampled_from([0.0, 0.3, 1.0, 1, 2]),
        "top_p": st.none() | st.sampled_from([0.0, 0.5, 1.0]),
        "response_format": response_formats,
        "reasoning_effort": st.sampled_from([None, "low"]),
        "metadata": metadata,
        "protect": st.booleans(),
    }
)
_store_fields = st.fixed_dictionaries(
    {
        "name": st.none() | texts,
        "expires_after_days": st.none() | st.integers(1, 365),
        "metadata": metadata,
        "protect": st.booleans(),
    }
)


def _rest(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "paths"}
