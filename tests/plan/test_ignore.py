"""``ignore_changes``: what others may edit is neither compared nor overwritten."""

from dataclasses import replace

import pytest

from asstctl.model.assistant import (
    AssistantSpec,
    CodeInterpreter,
    FileSearch,
    Function,
    Tool,
    tool_name,
)
from asstctl.model.canonical import canonical_assistant, canonical_store
from asstctl.model.desired import Lifecycle
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.plan.ignore import (
    keeping_ignored,
    keeping_ignored_store,
    without_ignored,
)

OURS = AssistantSpec(
    model="gpt-4o",
    name="Ours",
    temperature=0.2,
    tools=(
        FileSearch(8, None, 0.5, {"embedding_weight": 1, "text_weight": 2}),
        Function("weather", "Ours.", {"type": "object", "properties": {"a": {}, "b": {}}}),
    ),
    code_files=("one",),
    vector_store="docs",
    response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": {"a": 1}}},
    metadata={"team": "ours", "tier": "1"},
)
THEIRS = AssistantSpec(
    model="gpt-4.1",
    name="Theirs",
    tools=(FileSearch(), Function("weather", "Theirs.", {"type": "object"})),
    code_files=("two",),
    vector_store="other",
    metadata={"team": "theirs", "owner": "somebody"},
)
PATHS = (
    "model",
    "name",
    "temperature",
    "tools",
    "tools.file_search",
    "tools.file_search.max_num_results",
    "tools.file_search.ranking_options.score_threshold",
    "tools.file_search.ranking_options.hybrid_search",
    "tools.file_search.ranking_options.hybrid_search.text_weight",
    "tools.function.weather",
    "tools.function.weather.description",
    "tools.function.weather.parameters",
    "tools.function.weather.parameters.properties",
    "tools.code_interpreter.files",
    "tools.file_search.vector_store",
    "response_format",
    "metadata",
    "metadata.team",
    "metadata.owner",
)


@pytest.mark.parametrize("path", PATHS)
def test_what_is_written_equals_the_account_at_the_ignored_path_and_the_manifest_elsewhere(
    path: str,
) -> None:
    lifecycle = Lifecycle(ignore_changes=(path,))
    written = keeping_ignored(OURS, THEIRS, lifecycle)

    wanted = without_ignored(canonical_assistant(OURS), lifecycle)
    assert without_ignored(canonical_assistant(written), lifecycle) == wanted


def test_ignored_values_are_the_accounts_own() -> None:
    lifecycle = Lifecycle(
        ignore_changes=(
            "name",
            "temperature",
            "metadata.team",
            "metadata.owner",
            "tools.file_search",
        )
    )
    written = keeping_ignored(OURS, THEIRS, lifecycle)

    assert (written.name, written.temperature, written.model) == ("Theirs", None, "gpt-4o")
    assert written.metadata == {"team": "theirs", "tier": "1", "owner": "somebody"}
    assert FileSearch() in written.tools


@pytest.mark.parametrize("path", PATHS)
def test_an_edit_at_the_ignored_path_is_no_difference(path: str) -> None:
    lifecycle = Lifecycle(ignore_changes=(path,))
    edited = keeping_ignored(OURS, THEIRS, lifecycle)

    assert without_ignored(canonical_assistant(edited), lifecycle) == without_ignored(
        canonical_assistant(OURS), lifecycle
    )


def test_a_tool_stays_a_tool_when_all_of_its_options_are_ignored() -> None:
    lifecycle = Lifecycle(ignore_changes=("tools.file_search.max_num_results",))
    with_option = AssistantSpec(model="m", tools=(FileSearch(max_num_results=8),))
    without = replace(with_option, tools=(FileSearch(),))

    kept = without_ignored(canonical_assistant(with_option), lifecycle)

    assert kept == without_ignored(canonical_assistant(without), lifecycle)
    assert kept["tools"] == {"file_search": True}


def test_without_ignored_fields_nothing_is_taken_from_the_account() -> None:
    assert keeping_ignored(OURS, THEIRS, Lifecycle()) == OURS


OUR_STORE = VectorStoreSpec(name="Ours", expires_after_days=7, metadata={"team": "a", "tier": "1"})
THEIR_STORE = VectorStoreSpec(name="Theirs", metadata={"team": "b", "owner": "c"})


@pytest.mark.parametrize(
    ("ignored", "written"),
    [
        ((), OUR_STORE),
        (("name",), replace(OUR_STORE, name="Theirs")),
        (("expires_after",), replace(OUR_STORE, expires_after_days=None)),
        (("metadata",), replace(OUR_STORE, metadata=THEIR_STORE.metadata)),
        (("metadata.team",), replace(OUR_STORE, metadata={"team": "b", "tier": "1"})),
        (("metadata.owner",), replace(OUR_STORE, metadata={**OUR_STORE.metadata, "owner": "c"})),
        (("files",), OUR_STORE),
    ],
)
def test_a_store_is_written_as_the_account_has_it_where_others_decide(
    ignored: tuple[str, ...], written: VectorStoreSpec
) -> None:
    lifecycle = Lifecycle(ignore_changes=ignored)

    assert keeping_ignored_store(OUR_STORE, THEIR_STORE, lifecycle) == written
    assert without_ignored(canonical_store(written), lifecycle) == without_ignored(
        canonical_store(OUR_STORE), lifecycle
    )


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        (CodeInterpreter(), "code_interpreter"),
        (FileSearch(max_num_results=8), "file_search"),
        (Function("weather"), "function.weather"),
    ],
)
def test_a_tool_is_called_as_in_a_path(tool: Tool, name: str) -> None:
    assert tool_name(tool) == name
