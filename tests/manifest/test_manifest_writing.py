"""Any assistant and any store → manifests → loaded: the same again, or valid all the same."""

import json
import string
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from asstctl.manifest.load import Loaded, load
from asstctl.manifest.writing.authoring import TextFile, write_up
from asstctl.manifest.writing.headers import published
from asstctl.manifest.yaml.hidden import is_hidden_in_name
from asstctl.model.assistant import (
    AssistantSpec,
    CodeInterpreter,
    FileSearch,
    Function,
    HostedTool,
    Tool,
)
from asstctl.model.canonical import canonical_assistant, canonical_store
from asstctl.model.dialect import RESPONSES
from asstctl.model.pulled import Pulled, PulledAssistant, PulledFile, PulledStore
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking, VectorStoreSpec
from support.agent_strategies import agent_specs
from support.examples import tries
from support.strategies import responses_specs

Json = Any

# --- what the API allows ------------------------------------------------------------------------

awkward = st.sampled_from(
    [
        *(
            "${var.x}",
            "$${",
            "a\nb",
            "a\r\nb",
            "  x",
            "x  ",
            "\n",
            "yes",
            "1e5",
            "- a",
            "a: b",
            "#",
        ),
        *(
            "\x00",
            "\x85",
            "\u2028",
            "word " * 100,
            "line\n" * 60,
            "a\n\n",
            "a \nb",
            "\ufeffx",
            "null",
        ),
    ]
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | awkward
names = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=12)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | texts
seen_names = texts.filter(lambda name: not is_hidden_in_name(name))
"""A manifest refuses names with characters that nobody sees."""
json_values = st.recursive(
    scalars | st.floats(allow_nan=False, allow_infinity=False, width=32),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(seen_names, inner, max_size=2),
    max_leaves=4,
)
properties = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["string", "number", "boolean", "null"]),
            "description": texts,
            "default": json_values,
            "enum": st.lists(scalars, min_size=1, max_size=3, unique_by=repr),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(seen_names, inner, max_size=3)},
        optional={"additionalProperties": st.booleans(), "description": texts},
    ),
    max_leaves=6,
)
schemas = st.fixed_dictionaries(
    {"type": st.just("object"), "properties": st.dictionaries(seen_names, properties, max_size=4)},
    optional={"required": st.lists(texts, max_size=2, unique=True), "description": texts},
)
functions = st.builds(
    Function,
    name=names,
    description=st.none() | texts,
    parameters=st.none() | schemas,
    strict=st.none() | st.booleans(),
)
searches = st.builds(
    FileSearch,
    max_num_results=st.none() | st.integers(1, 50),
    ranker=st.sampled_from([None, "auto", "default_2024_08_21"]),
    score_threshold=st.none() | st.floats(0, 1),
)
formats = st.sampled_from([None, "auto", {"type": "text"}, {"type": "json_object"}]) | st.builds(
    lambda name, schema: {"type": "json_schema", "json_schema": {"name": name, "schema": schema}},
    names,
    schemas,
)
metadata = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=64).filter(
        lambda key: not key.startswith("asstctl_") and not is_hidden_in_name(key)
    ),
    texts.filter(lambda text: len(text) <= 512),
    max_size=7,
)
assistants = st.builds(
    AssistantSpec,
    model=texts.filter(bool),
    name=st.none() | texts.filter(lambda text: len(text) <= 256),
    description=st.none() | texts.filter(lambda text: len(text) <= 512),
    instructions=st.none() | texts | st.text("ab ${}\n", min_size=500, max_size=3000),
    tools=st.lists(
        st.just(CodeInterpreter()) | searches | functions,
        unique_by=lambda tool: tool.name if isinstance(tool, Function) else type(tool).__name__,
        max_size=4,
    ).map(tuple),
    temperature=st.none() | st.floats(0, 2),
    top_p=st.none() | st.floats(0, 1),
    response_format=formats,
    reasoning_effort=st.sampled_from([None, "none", "minimal", "low", "medium", "high", "max"]),
    metadata=metadata,
)
chunkings = st.just(AUTO_CHUNKING) | st.integers(100, 4096).flatmap(
    lambda size: st.integers(0, size // 2).map(lambda overlap: Chunking(size, overlap))
)
stores = st.builds(
    VectorStoreSpec,
    name=st.none() | texts.filter(lambda text: len(text) <= 256),
    expires_after_days=st.none() | st.integers(1, 365),
    metadata=metadata,
)


def written(root: Path, pulled: Pulled, **options: Any) -> dict[str, str]:
    """Write everything up, the files too; the texts by path."""
    for file in pulled.files.values():
        if file.path:
            (root / file.path).parent.mkdir(parents=True, exist_ok=True)
            (root / file.path).write_bytes(b"x" * file.bytes)
    texts = write_up(pulled, **options)
    for text in texts:
        _write(root, text)
    return {text.path: text.text for text in texts}


def _write(root: Path, text: TextFile) -> None:
    (root / text.path).parent.mkdir(parents=True, exist_ok=True)
    (root / text.path).write_text(text.text, encoding="utf-8", newline="")


def loaded(root: Path, project: str = "project: demo\n") -> Loaded:
    (root / "asstctl.yaml").write_text(project)
    found = load(root, environ={})
    assert [item for item in found.diagnostics if item.is_error] == []
    return found


def a_file(path: str | None, size: int = 3, **fields: Any) -> PulledFile:
    name = (path or "gone.md").rpartition("/")[2]
    return PulledFile(id=f"file-{path}", name=name, bytes=size, path=path, **fields)


def of(*resources: PulledAssistant | PulledStore) -> Pulled:
    own = [r for r in resources if isinstance(r, PulledAssistant)]
    shelves = [r for r in resources if isinstance(r, PulledStore)]
    files = [file for item in own for file in item.code_files]
    files += [file for item in shelves for file, _ in item.files]
    return Pulled(
        assistants=tuple(own), stores=tuple(shelves), files={file.id: file for file in files}
    )


@tries(1.5)
@given(assistants, st.booleans())
def test_any_assistant_loads_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, spec: AssistantSpec, protect: bool
) -> None:
    root = tmp_path_factory.mktemp("project")

    texts = written(root, of(PulledAssistant(id="asst_1", key="guide", spec=spec, protect=protect)))
    desired = loaded(root).desired

    assert desired is not None
    (assistant,) = desired.assistants
    assert canonical_assistant(assistant.spec) == canonical_assistant(spec)
    assert assistant.lifecycle.protect is protect
    assert "Left out" not in texts["assistants/guide.yaml"]
    assert "asst_1" not in "".join(texts.values())


@given(stores, st.lists(chunkings, max_size=20))
def test_any_store_loads_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, spec: VectorStoreSpec, cuts: list[Chunking]
) -> None:
    root = tmp_path_factory.mktemp("project")
    files = tuple((a_file(f"files/docs/{n}.md"), cut) for n, cut in enumerate(cuts))

    written(root, of(PulledStore(id="vs_1", key="docs", spec=spec, files=files)))
    desired = loaded(root).desired

    assert desired is not None
    (store,) = desired.stores
    assert canonical_store(store.spec) == canonical_store(spec)
    assert {entry.file.path: entry.chunking for entry in store.store_files} == {
        file.path: cut for file, cut in files
    }


def sound(spec: AssistantSpec) -> AssistantSpec:
    """A spec that a manifest can say whole: no secrets, and JSON Schemas that are some."""
    schema: Json = {"type": "object", "properties": {"a": {"type": "string"}}}
    tools: list[Tool] = []
    for tool in spec.tools:
        if isinstance(tool, HostedTool):
            tools.append(replace(tool, needs=()))
        elif isinstance(tool, Function):
            tools.append(replace(tool, parameters=tool.parameters and schema))
        else:
            tools.append(tool)
    form: Json = spec.response_format
    if isinstance(form, dict) and "json_schema" in form:
        form = {**form, "json_schema": {**form["json_schema"], "schema": schema}}
    return replace(spec, tools=tuple(tools), response_format=form)


@tries(1.5)
@given(responses_specs().map(sound))
def test_what_a_bundle_holds_loads_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, spec: AssistantSpec
) -> None:
    root = tmp_path_factory.mktemp("project")
    shelf = PulledStore(id="vs_1", key="docs", spec=VectorStoreSpec(name="Docs"))
    bare = replace(spec, code_files=(), vector_store=None)
    store = shelf.key if spec.vector_store else None
    pulled = PulledAssistant(id="guide", key="guide", spec=bare, store=store)

    written(root, of(pulled, shelf))
    desired = loaded(root, "project: demo\ntargets: {prod: {api: responses}}\n").desired

    assert desired is not None
    (assistant,) = desired.assistants
    as_was = replace(bare, vector_store=store)
    assert canonical_assistant(assistant.spec) == canonical_assistant(as_was)


@tries(1.5)
@given(agent_specs)
def test_an_agent_loads_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, spec: AssistantSpec
) -> None:
    root = tmp_path_factory.mktemp("project")
    spec = sound(replace(spec, environment=None, metadata={"team": "support"}))

    written(root, of(PulledAssistant(id="agent_1", key="guide", spec=spec)))
    desired = loaded(root, "project: demo\ntargets: {cloud: {api: agents}}\n").desired

    assert desired is not None
    (assistant,) = desired.assistants
    assert canonical_assistant(assistant.spec) == canonical_assistant(spec)


def test_a_secret_that_a_tool_needs_is_named_above_it(tmp_path: Path) -> None:
    tool = HostedTool("mcp", {"server_label": "crm", "server_url": "https://x"}, ("authorization",))
    spec = AssistantSpec(model="m", tools=(tool,), dialect=RESPONSES)

    texts = written(tmp_path, of(PulledAssistant(id="guide", key="guide", spec=spec)))

    assert (
        "  # Not here: authorization of crm, a secret. Name it as ${env.NAME}.\n"
        "  - type: mcp\n    server_label: crm\n"
    ) in texts["assistants/guide.yaml"]
    loaded(tmp_path, "project: demo\ntargets: {prod: {api: responses}}\n")


def test_a_tool_that_lacks_what_its_api_needs_is_left_out(tmp_path: Path) -> None:
    spec = AssistantSpec(model="m", tools=(FileSearch(),), dialect=RESPONSES)

    texts = written(tmp_path, of(PulledAssistant(id="guide", key="guide", spec=spec)))

    assert "file_search: it has no vector_store or files." in texts["assistants/guide.yaml"]
    loaded(tmp_path, "project: demo\ntargets: {prod: {api: responses}}\n")


# --- what servers let through -------------------------------------------------------------------

anything = st.text(max_size=600) | awkward
wild = st.builds(
    AssistantSpec,
    model=anything,
    name=st.none() | anything,
    description=st.none() | anything,
    instructions=st.none() | anything,
    tools=st.lists(
        st.just(CodeInterpreter())
        | st.builds(
            FileSearch,
            max_num_results=st.none() | st.integers(),
            ranker=st.none() | anything,
            score_threshold=st.none() | st.floats(),
        )
        | st.builds(
            Function,
            name=anything,
            description=st.none() | anything,
            parameters=st.none() | st.dictionaries(anything, json_values, max_size=3),
            strict=st.none() | st.booleans(),
        ),
        max_size=4,
    ).map(tuple),
    temperature=st.none() | st.floats(),
    top_p=st.none() | st.floats(),
    response_format=json_values | formats,
    reasoning_effort=st.none() | anything,
    metadata=st.dictionaries(anything, anything, max_size=16),
)


@tries(1.5)
@given(wild)
def test_whatever_a_server_holds_the_manifest_is_valid(
    tmp_path_factory: pytest.TempPathFactory, spec: AssistantSpec
) -> None:
    root = tmp_path_factory.mktemp("project")

    written(root, of(PulledAssistant(id="asst_1", key="guide", spec=spec)))

    loaded(root)


@pytest.mark.parametrize(
    ("fields", "remark"),
    [
        ({"name": "x" * 300}, "name: It has 300 characters; 256 are allowed."),
        ({"model": ""}, "model: the account names none."),
        ({"temperature": 3.0}, "temperature: It is 3.0; it has to be at most 2"),
        ({"temperature": float("nan")}, "temperature: nan is not a number that JSON can hold."),
        (
            {"metadata": {f"k{n}": "v" for n in range(9)}},
            'metadata: a manifest has 7 pairs. The rest was {"k7": "v", "k8": "v"}',
        ),
        (
            {"tools": (Function("f", parameters={"type": "strnig"}),)},
            "function f: parameters: strnig is not a type",
        ),
        (
            {"tools": (Function("f", parameters={"type": "array"}),)},
            "function f: parameters: A function takes named arguments",
        ),
        ({"tools": (Function("bad name"),)}, "A function's name has 1 to 64 of A-Z"),
        ({"tools": (Function("f"), Function("f", "again"))}, "tools: f is there twice."),
        ({"instructions": "x" * 256_001}, "256,001 characters, where 256,000 are allowed."),
        ({"description": "half \ud83d"}, "halves of characters were replaced"),
    ],
)
def test_what_is_left_out_is_named_at_the_head_of_the_manifest(
    tmp_path: Path, fields: Mapping[str, Any], remark: str
) -> None:
    spec = replace(AssistantSpec(model="m"), **fields)

    texts = written(tmp_path, of(PulledAssistant(id="a", key="guide", spec=spec)))

    head = texts["assistants/guide.yaml"].partition("\nkind:")[0]
    assert remark in head
    assert all(line.startswith("#") for line in head.split("\n"))
    loaded(tmp_path)


def test_what_a_manifest_cannot_hold_is_kept_beside_it(tmp_path: Path) -> None:
    schema: Json = {"type": "array", "items": {"type": "string"}}
    spec = AssistantSpec(
        model="m", instructions="x" * 256_001, tools=(Function("f", parameters=schema),)
    )

    texts = written(tmp_path, of(PulledAssistant(id="a", key="guide", spec=spec)))

    assert texts["prompts/guide.md"] == "x" * 256_001
    assert json.loads(texts["tools/f.json"]) == schema


# --- how it looks -------------------------------------------------------------------------------


def test_it_reads_as_if_written_by_hand(tmp_path: Path) -> None:
    weather: Json = {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "Where."}},
        "required": ["city"],
    }
    guide = PulledAssistant(
        id="asst_1",
        key="travel-guide",
        spec=AssistantSpec(
            model="gpt-4o",
            name="Travel Guide",
            instructions="You are a travel guide.\nBe succinct.\n",
            tools=(
                CodeInterpreter(),
                FileSearch(max_num_results=8),
                Function("get_weather", "The weather.", weather),
            ),
            temperature=0.2,
            top_p=1.0,
            metadata={"team": "support"},
        ),
        code_files=(a_file("files/travel-guide/receipt.pdf"),),
        store="city-guides",
    )
    store = PulledStore(
        id="vs_1",
        key="city-guides",
        spec=VectorStoreSpec(name="City guides", expires_after_days=30),
        files=((a_file("files/city-guides/lisbon.md"), Chunking(400, 100)),),
        protect=True,
    )

    texts = written(tmp_path, of(guide, store))

    home = published()
    assert texts == {
        "assistants/travel-guide.yaml": f"""\
# yaml-language-server: $schema={home}/assistant.schema.json
kind: assistant
key: travel-guide
name: Travel Guide
model: gpt-4o

instructions: |
  You are a travel guide.
  Be succinct.

tools:
  - type: code_interpreter
    files: [files/travel-guide/receipt.pdf]
  - type: file_search
    vector_store: city-guides
    max_num_results: 8
  - type: function
    function:
      name: get_weather
      description: The weather.
      parameters:
        type: object
        properties:
          city: {{type: string, description: Where.}}
        required: [city]

temperature: 0.2
metadata: {{team: support}}
""",
        "assistants/vector-stores/city-guides.yaml": f"""\
# yaml-language-server: $schema={home}/vector-store.schema.json
kind: vector_store
key: city-guides
name: City guides
files: [files/city-guides/lisbon.md]

chunking_strategy:
  type: static
  static: {{max_chunk_size_tokens: 400, chunk_overlap_tokens: 100}}

expires_after: {{anchor: last_active_at, days: 30}}
lifecycle: {{protect: true}}
""",
    }
    loaded(tmp_path)


def test_long_texts_and_large_schemas_are_files_beside_it(tmp_path: Path) -> None:
    prompt = "".join(f"Rule {n}: be kind, ${{not a reference}}.\n" for n in range(60))
    schema: Json = {
        "type": "object",
        "properties": {f"field_{n}": {"type": "string"} for n in range(30)},
    }
    spec = AssistantSpec(
        model="m",
        instructions=prompt,
        tools=(Function("order", parameters=schema),),
        response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": schema}},
    )

    texts = written(tmp_path, of(PulledAssistant(id="a", key="guide", spec=spec)))

    value = yaml.safe_load(texts["assistants/guide.yaml"])
    assert value["instructions"] == {"file": "prompts/guide.md"}
    assert texts["prompts/guide.md"] == prompt
    assert value["tools"][0]["function"]["parameters"] == {"file": "tools/order.json"}
    assert value["response_format"]["json_schema"]["schema"] == {"file": "tools/guide-answer.json"}
    assert json.loads(texts["tools/order.json"]) == schema


def test_one_function_of_several_assistants_shares_its_file_when_it_is_the_same(
    tmp_path: Path,
) -> None:
    def large(note: str) -> dict[str, Json]:
        properties = {f"f{n}": {"type": "string", "description": note} for n in range(30)}
        return {"type": "object", "properties": properties}

    pulled = of(
        *(
            PulledAssistant(
                id=key,
                key=key,
                spec=AssistantSpec(model="m", tools=(Function("order", parameters=large(note)),)),
            )
            for key, note in (("a", "one"), ("b", "one"), ("c", "other"))
        )
    )

    texts = written(tmp_path, pulled)

    assert {path for path in texts if path.startswith("tools/")} == {
        "tools/order.json",
        "tools/order-2.json",
    }
    desired = loaded(tmp_path).desired
    assert desired is not None
    tools = [assistant.spec.tools[0] for assistant in desired.assistants]
    assert tools[0] == tools[1] != tools[2]


def test_a_store_of_one_assistant_with_its_name_is_part_of_its_manifest(tmp_path: Path) -> None:
    guide = PulledAssistant(
        id="a",
        key="guide",
        spec=AssistantSpec(model="m", name="Guide", tools=(FileSearch(),)),
        store="guide",
    )
    own = PulledStore(
        id="v",
        key="guide",
        spec=VectorStoreSpec(name="Guide"),
        files=((a_file("files/guide/a.md"), AUTO_CHUNKING),),
    )

    texts = written(tmp_path, of(guide, own))

    assert list(texts) == ["assistants/guide.yaml"]
    assert yaml.safe_load(texts["assistants/guide.yaml"])["tools"] == [
        {"type": "file_search", "files": ["files/guide/a.md"]}
    ]
    desired = loaded(tmp_path).desired
    assert desired is not None
    assert canonical_store(desired.stores[0].spec) == canonical_store(own.spec)


@pytest.mark.parametrize(
    "store",
    [
        PulledStore(id="v", key="guide", spec=VectorStoreSpec(name="Other")),
        PulledStore(id="v", key="guide", spec=VectorStoreSpec(name="Guide", metadata={"a": "b"})),
        PulledStore(id="v", key="guide", spec=VectorStoreSpec(name="Guide"), protect=True),
        PulledStore(id="v", key="guide", spec=VectorStoreSpec(name="Guide")),
    ],
)
def test_a_store_that_has_more_to_say_has_a_manifest_of_its_own(
    tmp_path: Path, store: PulledStore
) -> None:
    guide = PulledAssistant(
        id="a",
        key="guide",
        spec=AssistantSpec(model="m", name="Guide", tools=(FileSearch(),)),
        store="guide",
    )

    texts = written(tmp_path, of(guide, store))

    assert "assistants/vector-stores/guide.yaml" in texts
    loaded(tmp_path)


def test_what_was_not_downloaded_is_named_above_the_tool(tmp_path: Path) -> None:
    refused = a_file(None, 2377, problem="the account does not give its content out")
    guide = PulledAssistant(
        id="a",
        key="guide",
        spec=AssistantSpec(model="m", tools=(FileSearch(), CodeInterpreter())),
        code_files=(a_file("files/guide/a.csv"), replace(refused, name="b\n.csv")),
        store="docs",
    )
    store = PulledStore(
        id="v", key="docs", spec=VectorStoreSpec(), files=((refused, AUTO_CHUNKING),)
    )

    texts = written(tmp_path, of(guide, store))

    assert """\
  # Not here:
  #   b⏎.csv (2,377 bytes): the account does not give its content out
  - type: code_interpreter
    files: [files/guide/a.csv]
""" in texts["assistants/guide.yaml"]
    assert (
        "#   file gone.md (2,377 bytes): the account does not give its content out\n"
        in texts["assistants/vector-stores/docs.yaml"]
    )
    loaded(tmp_path)


def test_files_that_a_manifest_may_not_name_are_kept_and_named(tmp_path: Path) -> None:
    files = (a_file("files/docs/a.md"), a_file("files/docs/b.csv"), a_file("files/docs/c.md", 0))
    store = PulledStore(
        id="v",
        key="docs",
        spec=VectorStoreSpec(),
        files=tuple((file, AUTO_CHUNKING) for file in files),
    )

    texts = written(tmp_path, of(store))

    text = texts["assistants/vector-stores/docs.yaml"]
    assert "b.csv (3 bytes, kept as files/docs/b.csv): file_search does not read such" in text
    assert "c.md (0 bytes, kept as files/docs/c.md): there is nothing in it" in text
    loaded(tmp_path)


def test_many_files_of_one_folder_are_one_glob(tmp_path: Path) -> None:
    files = tuple((a_file(f"files/docs/{n}/x.md"), AUTO_CHUNKING) for n in range(30))
    store = PulledStore(id="v", key="docs", spec=VectorStoreSpec(), files=files)

    texts = written(tmp_path, of(store))

    assert "files: [files/docs/**]" in texts["assistants/vector-stores/docs.yaml"]
    desired = loaded(tmp_path).desired
    assert desired is not None
    assert len(desired.stores[0].store_files) == 30


@pytest.mark.parametrize("reason", ["folder is not new", "other file", "hidden", "cut"])
def test_a_glob_finds_exactly_those_files_or_is_not_used(tmp_path: Path, reason: str) -> None:
    paths = [f"files/docs/{n}.md" for n in range(30)]
    if reason == "hidden":
        paths[3] = "files/docs/.hidden.md"
    cuts = [Chunking(200, 100) if reason == "cut" and not n else AUTO_CHUNKING for n in range(30)]
    files = tuple((a_file(path), cut) for path, cut in zip(paths, cuts, strict=True))
    pulled = of(PulledStore(id="v", key="docs", spec=VectorStoreSpec(), files=files))
    if reason == "other file":
        other = a_file("files/docs/other.md")
        pulled = replace(pulled, files={**pulled.files, other.id: other})

    texts = written(tmp_path, pulled, is_new=lambda _: reason != "folder is not new")

    assert "**" not in texts["assistants/vector-stores/docs.yaml"]
    desired = loaded(tmp_path).desired
    assert desired is not None
    assert sorted(entry.file.path for entry in desired.stores[0].store_files) == sorted(paths)


def test_a_projects_defaults_do_not_change_what_was_pulled(tmp_path: Path) -> None:
    project = """\
project: demo
defaults:
  model: gpt-4o-mini
  temperature: 0.3
  description: from the defaults
  metadata: {team: everybody, cost: low}
  response_format: {type: json_schema, json_schema: {name: a, strict: true, schema: {type: object}}}
  tools: [{type: code_interpreter}]
"""
    (tmp_path / "asstctl.yaml").write_text(project)
    defaults = yaml.safe_load(project)["defaults"]
    specs = (
        AssistantSpec(model="m"),
        AssistantSpec(model="m", metadata={"team": "mine"}, temperature=0.9),
        AssistantSpec(
            model="m",
            response_format={"type": "json_schema", "json_schema": {"name": "b", "schema": {}}},
        ),
    )
    pulled = of(*(PulledAssistant(id=f"{n}", key=f"a{n}", spec=s) for n, s in enumerate(specs)))

    written(tmp_path, pulled, defaults=defaults)
    desired = loaded(tmp_path, project).desired

    assert desired is not None
    assert [canonical_assistant(item.spec) for item in desired.assistants] == [
        canonical_assistant(spec) for spec in specs
    ]
