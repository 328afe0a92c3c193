"""Wire and model: what is written reads back as what was meant, from any server."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from asstctl.model.actual import FileCounts, IndexStatus
from asstctl.model.assistant import AssistantSpec, CodeInterpreter, FileSearch, Function
from asstctl.model.canonical import canonical_assistant, canonical_store, spec_digest
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking, VectorStoreSpec
from asstctl.remote.assistants.decode_objects import read_assistant
from asstctl.remote.assistants.encode_objects import assistant_body
from asstctl.remote.storage.decode import read_store, read_store_file, read_upload
from asstctl.remote.storage.encode import batch_body, store_body
from asstctl.sync.ports import AccountError, Failure, FileToAttach
from support.quirks import FIELD, Quirks
from support.state import State
from support.strategies import assistant_specs, store_specs

FAITHFUL = {
    name: quirks
    for name, quirks in FIELD.items()
    if not quirks.drops and not quirks.foreign_metadata and not quirks.tracks_files
}
"""Servers that keep every field of an assistant, in whatever form they show it."""


def with_resources(state: State, spec: AssistantSpec) -> AssistantSpec:
    """``spec`` with references that exist in ``state``."""
    files = tuple(
        state.upload({"filename": f"{n}", "content": b"", "purpose": "assistants"})["id"]
        for n, _ in enumerate(spec.code_files)
    )
    store = state.create_store({})["id"] if spec.vector_store else None
    return replace(spec, code_files=files, vector_store=store)


@given(assistant_specs, assistant_specs)
def test_what_is_written_is_what_is_read(first: AssistantSpec, second: AssistantSpec) -> None:
    for quirks in FAITHFUL.values():
        state = State(quirks)
        if quirks.null_is_ignored:  # The only way to clear it is null.
            first = replace(first, reasoning_effort=None)
        first, second = with_resources(state, first), with_resources(state, second)
        made = read_assistant(state.create_assistant(assistant_body(first)))
        assert spec_digest(canonical_assistant(made.spec)) == spec_digest(
            canonical_assistant(first)
        )
        if quirks.ignores_no_tools or quirks.metadata == "merged":
            continue
        body = assistant_body(second, was=made.spec)
        changed = read_assistant(state.update_assistant(made.id, body))
        assert spec_digest(canonical_assistant(changed.spec)) == spec_digest(
            canonical_assistant(second)
        )


@given(store_specs, store_specs)
def test_what_is_written_of_a_store_is_what_is_read(
    first: VectorStoreSpec, second: VectorStoreSpec
) -> None:
    state = State(Quirks())
    first, second = replace(first, files=()), replace(second, files=())
    made = read_store(state.create_store(store_body(first)))
    changed = read_store(state.update_store(made.id, store_body(second, was=made.spec)))

    assert spec_digest(canonical_store(made.spec)) == spec_digest(canonical_store(first))
    assert spec_digest(canonical_store(changed.spec)) == spec_digest(canonical_store(second))


BARE = AssistantSpec(model="gpt-4o")


@pytest.mark.parametrize(
    ("was", "spec", "body"),
    [
        (None, BARE, {"model": "gpt-4o", "metadata": {}}),
        (BARE, BARE, {"model": "gpt-4o", "metadata": {}, "tools": []}),
        (
            AssistantSpec(model="m", temperature=1.0, top_p=1.0, response_format="auto"),
            BARE,
            {"model": "gpt-4o", "metadata": {}, "tools": []},
        ),
        (
            AssistantSpec(model="m", temperature=1.0, top_p=0.5),
            AssistantSpec(model="m", temperature=1.0, top_p=1.0),
            {"model": "m", "top_p": 1.0, "metadata": {}, "tools": []},
        ),
        (
            AssistantSpec(
                model="m",
                name="x",
                description="x",
                instructions="x",
                temperature=0.2,
                top_p=0.1,
                response_format={"type": "json_object"},
                reasoning_effort="low",
                code_files=("file_1",),
                vector_store="vs_1",
            ),
            BARE,
            {
                "model": "gpt-4o",
                "name": "",
                "description": "",
                "instructions": "",
                "temperature": 1.0,
                "top_p": 1.0,
                "response_format": "auto",
                "reasoning_effort": None,
                "tools": [],
                "tool_resources": {
                    "code_interpreter": {"file_ids": []},
                    "file_search": {"vector_store_ids": []},
                },
                "metadata": {},
            },
        ),
    ],
)
def test_an_update_clears_what_is_no_longer_meant_and_nothing_else(
    was: AssistantSpec | None, spec: AssistantSpec, body: dict[str, Any]
) -> None:
    assert assistant_body(spec, was=was) == body


@pytest.mark.parametrize(
    ("tool", "options"),
    [
        (FileSearch(ranker="auto"), {"ranker": "auto", "score_threshold": 0.0}),
        (FileSearch(score_threshold=0.5), {"score_threshold": 0.5}),
    ],
)
def test_ranking_options_always_have_a_threshold(tool: FileSearch, options: JsonObject) -> None:
    body = assistant_body(AssistantSpec(model="m", tools=(tool,)))
    written: JsonValue = [{"type": "file_search", "file_search": {"ranking_options": options}}]

    assert body["tools"] == written


def test_a_batch_gives_each_file_its_own_attributes_and_chunking() -> None:
    files = [
        FileToAttach(file_id="file_1", attributes={"a": "1"}),
        FileToAttach(file_id="file_2", chunking=Chunking(200, 50)),
    ]

    assert batch_body(files) == {
        "files": [
            {"file_id": "file_1", "attributes": {"a": "1"}},
            {
                "file_id": "file_2",
                "chunking_strategy": {
                    "type": "static",
                    "static": {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 50},
                },
            },
        ]
    }


@pytest.mark.parametrize("nothing", [None, {}, [], "absent"])
def test_nothing_can_be_said_in_many_ways(nothing: Any) -> None:
    fields = ("name", "tools", "tool_resources", "metadata", "temperature")
    body: dict[str, Any] = {"id": "asst_1", "model": "gpt-4o"}
    if nothing != "absent":
        body |= dict.fromkeys(fields, nothing)

    assert canonical_assistant(read_assistant(body).spec) == canonical_assistant(BARE)


def test_tools_of_other_makers_are_passed_over() -> None:
    tools = [{"type": "browser"}, {"type": "code_interpreter"}, None, "x", {"type": "retrieval"}]
    spec = read_assistant({"id": "a", "model": "m", "tools": tools}).spec

    assert spec.tools == (CodeInterpreter(), FileSearch())


def test_a_function_reads_back_whole() -> None:
    function = {
        "name": "f",
        "description": "d",
        "parameters": {"type": "object", "properties": {"a": {}}},
        "strict": True,
    }
    tools = [{"type": "function", "function": function}]
    body: Any = {"id": "a", "model": "m", "tools": tools}

    assert read_assistant(body).spec.tools == (
        Function("f", "d", {"type": "object", "properties": {"a": {}}}, True),
    )


@pytest.mark.parametrize("body", [None, [], "x", 1, {}, {"id": ""}, {"id": None}, {"id": 7}])
@pytest.mark.parametrize("read", [read_assistant, read_store, read_store_file, read_upload])
def test_what_is_no_object_is_garbage(read: Any, body: Any) -> None:
    with pytest.raises(AccountError) as told:
        read(body)
    assert told.value.failure is Failure.GARBAGE


@pytest.mark.parametrize(
    ("created", "seconds"),
    [
        (1_790_000_000, 1_790_000_000),
        (1_790_000_000.5, 1_790_000_000.5),
        (1_790_000_000_500, 1_790_000_000.5),
        (None, 0.0),
        ("yesterday", 0.0),
        (True, 0.0),
    ],
)
def test_times_are_seconds(created: Any, seconds: float) -> None:
    assert read_store({"id": "vs", "created_at": created}).created_at == seconds


@pytest.mark.parametrize(
    ("status", "read"),
    [
        ("completed", IndexStatus.COMPLETED),
        ("in_progress", IndexStatus.IN_PROGRESS),
        ("failed", IndexStatus.FAILED),
        ("cancelled", IndexStatus.CANCELLED),
        (None, IndexStatus.COMPLETED),
        ("queued", IndexStatus.IN_PROGRESS),
    ],
)
def test_a_status_of_a_file_is_one_of_four(status: Any, read: IndexStatus) -> None:
    assert read_store_file({"id": "f", "status": status}).status is read


def test_the_error_of_a_file_is_quoted() -> None:
    error = {"code": "invalid_file", "message": "Not text."}
    file = read_store_file({"id": "f", "status": "failed", "last_error": error})

    assert file.error == "invalid_file: Not text."


@pytest.mark.parametrize(
    ("strategy", "chunking"),
    [
        (None, AUTO_CHUNKING),
        ({"type": "auto"}, AUTO_CHUNKING),
        ({"type": "other"}, AUTO_CHUNKING),
        (
            {
                "type": "static",
                "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400},
            },
            AUTO_CHUNKING,
        ),
        (
            {"type": "static", "static": {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 0}},
            Chunking(200, 0),
        ),
    ],
)
def test_chunking_reads_back(strategy: Any, chunking: Chunking) -> None:
    assert read_store_file({"id": "f", "chunking_strategy": strategy}).chunking == chunking


def test_counts_that_are_missing_are_nought() -> None:
    assert read_store({"id": "vs"}).counts == FileCounts()
    assert read_store({"id": "vs", "file_counts": {"total": 2}}).counts == FileCounts(total=2)
