"""Servers that do not keep what they are given: told once, and left in peace."""

from typing import Any

import pytest

from asstctl.model.assistant import FileSearch, Function
from asstctl.sync.ports import NotKeptError
from asstctl.sync.result import Status
from support.engine import Engine
from support.faults import Fault, on
from support.projects import assistant, changed, project, store
from support.quirks import Metadata, Quirks
from support.server import Server

RICH = assistant(
    "guide",
    description="Guides.",
    temperature=0.2,
    reasoning_effort="low",
    metadata={"team": "support"},
    tools=(FileSearch(max_num_results=3), Function("f", strict=True)),
    store="docs",
)
DOCS = store("docs")


@pytest.mark.parametrize(
    ("quirks", "lost"),
    [
        (Quirks(), ()),
        (Quirks(drops=frozenset({"reasoning_effort"})), ("reasoning_effort",)),
        (Quirks(drops=frozenset({"strict"})), ("tools",)),
        (Quirks(drops=frozenset({"file_search"})), ("tools",)),
        (
            Quirks(drops=frozenset({"temperature", "description"})),
            ("description", "temperature"),
        ),
        (Quirks(foreign_metadata={"provider_id": "p-1"}), ("metadata.provider_id",)),
    ],
)
def test_what_is_not_kept_is_told_once(quirks: Quirks, lost: tuple[str, ...]) -> None:
    server = Server(quirks)
    engine = Engine(server)
    result = engine.converge(project(DOCS, RICH))
    told = {str(change.address): change.not_kept + change.extra for change in result.changes}
    assert told["assistant.guide"] == lost

    server.forget()
    assert engine.plan(project(DOCS, RICH)).is_empty
    renamed = changed(RICH, name="Guide")
    (again,) = engine.converge(project(DOCS, renamed)).changes
    assert again.not_kept + again.extra == ()
    assert server.count("POST", "assistants", "*") == 1
    assert engine.plan(project(DOCS, renamed)).is_empty


@pytest.mark.parametrize("field", ["temperature", "description", "reasoning_effort"])
def test_a_field_that_is_kept_after_all_settles(field: str) -> None:
    server = Server(Quirks(drops=frozenset({field})))
    engine = Engine(server)
    engine.converge(project(DOCS, RICH))
    server.state.quirks = Quirks()
    renamed = changed(RICH, name="Guide")
    engine.converge(project(DOCS, renamed))

    (made,) = server.state.assistants.values()
    assert made.fields[field] == getattr(RICH.spec, field)
    for _ in range(2):
        plan = engine.plan(project(DOCS, renamed))
        assert plan.drifted == ()
        engine.converge(project(DOCS, renamed))
    assert engine.plan(project(DOCS, renamed)).is_empty


def test_a_new_value_for_a_field_that_is_not_kept_is_tried_once() -> None:
    server = Server(Quirks(drops=frozenset({"temperature"})))
    engine = Engine(server)
    engine.converge(project(DOCS, RICH))
    warmer = changed(RICH, temperature=0.9)
    (result,) = engine.converge(project(DOCS, warmer)).changes

    assert result.not_kept == ("temperature",)
    assert engine.plan(project(DOCS, warmer)).is_empty


def test_an_edit_elsewhere_of_a_field_that_was_not_kept_is_drift() -> None:
    server = Server(Quirks(drops=frozenset({"description"})))
    engine = Engine(server)
    engine.converge(project(DOCS, RICH))
    (made,) = server.state.assistants.values()
    made.fields["description"] = "Somebody else's."

    (drifted,) = engine.plan(project(DOCS, RICH)).drifted
    assert [drift.path for drift in drifted.drift] == ["description"]


@pytest.mark.parametrize(
    "fields",
    [{"metadata": {"team": "support", "tier": "1"}}, {"metadata": {}}, {"description": None}],
)
def test_merged_metadata_does_not_loop(fields: dict[str, Any]) -> None:
    server = Server(Quirks(metadata=Metadata.MERGED, null_is_ignored=True))
    engine = Engine(server)
    for desired in (RICH, changed(RICH, **fields), RICH, changed(RICH, metadata={"a": "b"})):
        engine.converge(project(DOCS, desired))
        assert engine.plan(project(DOCS, desired)).is_empty


def test_a_stamp_that_does_not_come_back_fails_the_change() -> None:
    server = Server()
    engine = Engine(server)
    engine.converge(project(assistant("first")))
    server.state.quirks = Quirks(metadata=Metadata.DROPPED)
    result = engine.apply(project(assistant("first"), assistant("second")))

    (failed,) = result.failed
    assert isinstance(failed.error, NotKeptError)


def test_a_look_back_that_fails_fails_no_change() -> None:
    server = Server()
    engine = Engine(server)
    engine.converge(project(assistant("first")))
    (identifier,) = server.state.assistants
    blind = engine.with_faults(on("GET", f"/{identifier}", None, Fault.GARBAGE))
    result = blind.apply(project(assistant("first", name="New")))

    assert [change.status for change in result.changes] == [Status.DONE]
    assert engine.plan(project(assistant("first", name="New"))).is_empty


def test_a_note_of_a_loss_says_nothing_of_defaults() -> None:
    server = Server(Quirks(fills_defaults=True, foreign_metadata={"provider_id": "p-1"}))
    Engine(server).converge(project(assistant("guide", name="Guide")))
    (identifier,) = server.state.assistants
    (note,) = [asked.body for asked in server.writes if asked.path.endswith(identifier)]

    assert {"temperature", "top_p", "response_format"}.isdisjoint(note)
