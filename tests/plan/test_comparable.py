"""What was just applied reads back as what the manifest says, in one form."""

from collections.abc import Mapping

import pytest

from asstctl.model.assistant import FileSearch, Function
from asstctl.model.canonical import PROTECT
from asstctl.model.desired import DesiredResource
from asstctl.model.dialect import AGENTS
from asstctl.plan.comparable import canonical_actual, canonical_desired, left_to_server
from support.projects import assistant, store
from support.values import applied, contents, files_of

READ = contents({"docs/a.md": "Lisbon", "docs/b.md": "Porto", "docs/copy.md": "Lisbon"})
FILES = files_of(READ)
WEATHER = Function("weather", parameters={"type": "object", "properties": {"place": {}}})


@pytest.mark.parametrize(
    "desired",
    [
        assistant("guide"),
        assistant("guide", code_files=FILES, store="docs", protect=True, name="Guide"),
        assistant("guide", tools=(WEATHER, FileSearch(max_num_results=5)), metadata={"a": "b"}),
        store("docs"),
        store("docs", FILES, protect=True, name="Docs", expires_after_days=7),
    ],
)
def test_desired_and_actual_meet_in_one_form(desired: DesiredResource) -> None:
    assert canonical_actual(applied(desired, READ)) == canonical_desired(desired, READ)


@pytest.mark.parametrize("protect", [True, False])
def test_protection_is_a_field_like_others(protect: bool) -> None:
    desired = assistant("guide", protect=protect)

    assert canonical_desired(desired, READ).get(PROTECT, False) is protect
    assert canonical_actual(applied(desired)).get(PROTECT, False) is protect


@pytest.mark.parametrize(
    ("desired", "left"),
    [
        (assistant("guide", name="Guide", ignore=("name",)), {"model"}),
        (store("docs", FILES, name="Docs", ignore=("files",)), {"name"}),
        (store("docs", name="Docs", metadata={"a": "b"}, ignore=("metadata.a",)), {"name"}),
    ],
)
def test_what_is_left_to_others_is_not_compared(desired: DesiredResource, left: set[str]) -> None:
    assert set(canonical_desired(desired, READ)) == left


def test_what_the_api_sets_by_itself_is_left_to_it_where_the_manifest_says_nothing() -> None:
    def left(desired: DesiredResource) -> Mapping[str, str]:
        return left_to_server(desired, canonical_desired(desired, READ))

    effort = {"reasoning_effort": "model"}
    assert left(assistant("guide", dialect=AGENTS)) == effort
    assert left(assistant("guide", dialect=AGENTS, reasoning_effort="low")) == {}
    assert left(assistant("guide", dialect=AGENTS, ignore=("reasoning_effort",))) == {}
    assert left(assistant("guide")) == left(store("docs")) == {}
