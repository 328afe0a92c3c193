"""Two objects for one key: what two applies made is told from what somebody copied."""

from dataclasses import replace

import pytest

from asstctl.model.address import Kind
from asstctl.model.assistant import AssistantSpec
from asstctl.model.stamp import Stamp
from asstctl.plan.action import Action
from asstctl.plan.reasons import DUPLICATE
from asstctl.sync.ownership import DuplicateKeyError, one_per_key
from asstctl.sync.ports import RemoteAssistant
from support.engine import Engine
from support.projects import Folder, project
from support.server import Server


def owned(*runs: str) -> tuple[tuple[RemoteAssistant, Stamp], ...]:
    """Assistants of one key, newest first, by the applies that created them."""
    return tuple(
        (
            RemoteAssistant(id=f"asst_{number}", spec=AssistantSpec(model="m")),
            Stamp(project="acme", key="guide", run=run),
        )
        for number, run in enumerate(runs)
    )


@pytest.mark.parametrize("runs", [("b", "a"), ("c", "b", "a"), ("b", "")])
def test_of_what_several_applies_created_the_oldest_stays(runs: tuple[str, ...]) -> None:
    items = owned(*runs)
    assert one_per_key(Kind.ASSISTANT, items) == (items[-1:], items[:-1])


@pytest.mark.parametrize(
    "runs", [("a", "a"), ("", ""), ("", "a"), ("b", "a", "a"), ("b", "b", "a")]
)
def test_a_copy_is_an_error_that_names_both(runs: tuple[str, ...]) -> None:
    with pytest.raises(DuplicateKeyError, match=r"asst_\d and asst_\d"):
        one_per_key(Kind.ASSISTANT, owned(*runs))


def test_objects_of_other_keys_are_no_duplicates() -> None:
    (one, stamp), (other, _) = owned("a", "a")
    items = ((one, stamp), (other, replace(stamp, key="clerk")))
    assert one_per_key(Kind.ASSISTANT, items) == (items, ())


def test_a_duplicate_goes_with_the_next_apply_and_the_older_one_is_used(
    folder: Folder, server: Server, engine: Engine
) -> None:
    folder.write("a.md", "Lisbon")
    desired = project(folder.store("docs", "a.md"), folder.assistant("guide", store="docs"))
    engine.converge(desired)
    older = [*server.state.assistants, *server.state.stores]
    other = Server()
    Engine(other).converge(desired)
    for mine, theirs in (
        (server.state.assistants, other.state.assistants),
        (server.state.stores, other.state.stores),
    ):
        for thing in theirs.values():
            newer = replace(thing, id=f"{thing.id}x", made=thing.made + 100, files={})
            mine[newer.id] = newer
    guide = next(iter(server.state.assistants.values()))
    guide.store_ids[:] = [store for store in server.state.stores if store.endswith("x")]

    deletes = [c for c in engine.plan(desired).changes if c.action is Action.DELETE]
    assert {change.reason for change in deletes} == {DUPLICATE}
    assert len(deletes) == 2

    engine.converge(desired)
    assert [*server.state.assistants, *server.state.stores] == older
    assert engine.plan(desired).is_empty
