"""Servers that lack or break a part of the protocol: what goes on, what fails, what is said."""

import asyncio

import pytest

from asstctl.errors import ExitCode
from asstctl.model.desired import Desired
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Block
from asstctl.plan.plan import Plan
from asstctl.plan.safety import CutListError
from asstctl.plan.scope import PlanOptions
from asstctl.plan.warnings import CUT_LIST, FILES_UNKNOWN, STORES_UNKNOWN
from asstctl.sync.ports import AccountError, ApiGoneError, Failure, NotKeptError
from asstctl.sync.result import ApplyResult, Status
from support.clock import run
from support.engine import PRUNE, Engine
from support.projects import Folder, assistant, changed, project, store
from support.quirks import Deletes, Quirks
from support.server import Server
from support.snapshot import duplicates

DESTROY = PlanOptions(prune=True, destroy=True)
MANY = 130
STUCK = Quirks(ignores_after=True, ignores_order=True)
"""Shows the newest hundred and nothing else, whatever is asked for."""


def many(count: int = MANY) -> Desired:
    return project(*(assistant(f"a{n:03}") for n in range(count)))


def codes(plan: Plan) -> list[str]:
    return [warning.code for warning in plan.warnings]


def by_address(result: ApplyResult) -> dict[str, Status]:
    return {str(change.address): change.status for change in result.changes}


def turn(server: Server, quirks: Quirks) -> None:
    """Have a server take on other habits."""
    server.quirks = server.state.quirks = quirks


# --- lists --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(denies_more=True),
        Quirks(denies_more=True, caps_limit=20),
        Quirks(loses_ties=True, per_second=30, uuids=True),
        Quirks(skips_ties=True, per_second=13, uuids=True),
        Quirks(loses_ties=True, per_second=2, uuids=True),
        Quirks(ignores_after=True),
    ],
)
def test_a_hundred_and_thirty_are_known_again_pruned_and_destroyed(quirks: Quirks) -> None:
    server = Server(quirks)
    engine = Engine(server, parallelism=8)
    engine.converge(many())
    assert engine.plan(many()).is_empty
    assert engine.converge(many()).changes == ()
    assert (len(server.state.assistants), duplicates(server)) == (MANY, [])

    forgotten = engine.plan(many(124))
    assert forgotten.summary.actions[Action.FORGET] == 6
    engine.converge(many(124), PRUNE)
    assert len(server.state.assistants) == 124

    assert engine.converge(project(), DESTROY).exit_code is ExitCode.OK
    assert server.state.assistants == {}


@pytest.fixture
def stuck() -> Server:
    """A server that holds 130 assistants of the project and shows a hundred of them."""
    server = Server()
    Engine(server, parallelism=8).converge(many())
    turn(server, STUCK)
    server.forget()
    return server


def test_what_a_cut_list_does_not_show_is_not_planned_anew(stuck: Server) -> None:
    plan = Engine(stuck).plan(many())

    assert codes(plan) == [CUT_LIST]
    assert len(plan.unseen) == 30
    assert plan.summary.actions[Action.CREATE] == 0
    assert {change.block for change in plan.unseen} == {Block.UNSEEN}
    assert not plan.is_empty
    with pytest.raises(CutListError):
        Engine(stuck).apply(many())
    assert stuck.writes == []


def test_what_is_shown_can_be_updated_on_a_cut_list(stuck: Server) -> None:
    newest = f"assistant.a{MANY - 1}"
    desired = project(changed(assistant(f"a{MANY - 1}"), name="New"))
    result = Engine(stuck).converge(desired, PlanOptions(only=(newest,)))

    assert by_address(result) == {newest: Status.DONE}
    assert [warning.code for warning in result.warnings] == [CUT_LIST]


def test_a_cut_list_is_not_pruned(stuck: Server) -> None:
    with pytest.raises(CutListError):
        Engine(stuck).apply(many(50), PRUNE)
    assert stuck.writes == []


def test_stores_stay_while_an_assistant_may_be_unseen(stuck: Server) -> None:
    turn(stuck, Quirks())
    Engine(stuck).converge(project(*many().assistants, store("docs")))
    turn(stuck, STUCK)
    stuck.forget()

    with pytest.raises(CutListError) as refused:
        Engine(stuck).apply(many(), PlanOptions(prune=True, only=("vector_store.docs",)))
    assert "list of assistants" in refused.value.what
    assert stuck.writes == []


def test_uploads_stay_while_something_unseen_may_hold_them(folder: Folder) -> None:
    server = Server()
    folder.write("a.csv", "1")
    Engine(server).converge(project(folder.assistant("guide", code="a.csv"), *many().assistants))
    turn(server, STUCK)
    folder.write("a.csv", "2")
    things = server.state.assistants
    guide = next(i for i, thing in things.items() if thing.code_files)
    things[guide] = things.pop(guide)  # The newest is shown.

    plan = Engine(server).plan(
        project(folder.assistant("guide", code="a.csv")), PlanOptions(only=("assistant.guide",))
    )
    (change,) = plan.changes
    assert [file.action for file in change.files] == [FileAction.UPLOAD, FileAction.DETACH]


# --- stores that cannot be listed ---------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 403, 400])
def test_a_project_without_stores_goes_on_where_their_list_breaks(status: int) -> None:
    server = Server(Quirks(no_stores=status))
    engine = Engine(server)
    engine.converge(many())

    plan = engine.plan(many(100))
    assert codes(plan) == [STORES_UNKNOWN]
    assert f"HTTP {status}" in plan.warnings[0].why
    engine.converge(many(100), PRUNE)
    assert engine.converge(project(), DESTROY).exit_code is ExitCode.OK
    assert server.state.assistants == {}


@pytest.mark.parametrize("desired", [True, False])
def test_a_project_with_stores_does_not(desired: bool) -> None:
    server = Server()
    both = project(assistant("guide", store="docs"), store("docs"))
    Engine(server).converge(both)
    turn(server, Quirks(no_stores=500))
    server.forget()

    with pytest.raises(AccountError) as refused:
        Engine(server).apply(both if desired else project(assistant("guide")), PRUNE)
    assert refused.value.failure is Failure.SERVER
    assert server.writes == []


# --- files of stores that cannot be listed ------------------------------------------------------


def guides(folder: Folder) -> Desired:
    folder.write("guides/lisbon.md", "Lisbon lies on seven hills.")
    return project(
        folder.store("guides", "guides/lisbon.md"),
        folder.assistant("searcher", store="guides"),
        folder.assistant("plain", name="Plain"),
    )


@pytest.mark.parametrize("status", [404, 405, 501])
def test_only_what_needs_the_files_of_a_store_fails_without_them(
    folder: Folder, status: int
) -> None:
    server = Server(Quirks(no_store_files=status))
    engine = Engine(server)
    for _ in range(2):
        result = engine.apply(guides(folder))
        assert result.exit_code is ExitCode.APPLY_INCOMPLETE
        (failed,) = result.failed
        assert str(failed.address) == "vector_store.guides"
        states = by_address(result)
        assert states["assistant.searcher"] is Status.SKIPPED
        assert states.get("assistant.plain", Status.DONE) is Status.DONE
    assert failed.error is not None
    assert "does not list the files of a vector store" in failed.error.what

    plan = engine.plan(guides(folder))
    assert codes(plan) == [FILES_UNKNOWN]
    assert "vector_store.guides" in plan.warnings[0].what
    only = PlanOptions(only=("assistant.plain",))
    assert engine.converge(guides(folder), only).changes == ()

    engine.converge(project(), DESTROY)
    assert (server.state.assistants, server.state.stores) == ({}, {})


def test_a_store_that_went_away_is_not_taken_for_a_missing_endpoint(server: Server) -> None:
    async def read() -> None:
        async with Engine(server).account() as account:
            await account.list_store_files("vs_gone")

    with pytest.raises(AccountError) as missing:
        run(read())
    assert missing.value.failure is Failure.MISSING


def test_what_an_unread_store_may_hold_is_not_deleted(folder: Folder, server: Server) -> None:
    folder.write("a.md", "one")
    docs = folder.store("docs", "a.md")
    Engine(server).converge(project(docs, folder.assistant("guide", code="a.md")))
    turn(server, Quirks(no_store_files=404))
    folder.write("a.md", "two")

    plan = Engine(server).plan(project(docs, folder.assistant("guide", code="a.md")))
    files = {file.action for change in plan.changes for file in change.files}
    assert FileAction.DELETE not in files


# --- deletes that come to nothing ---------------------------------------------------------------


@pytest.mark.parametrize("deletes", Deletes)
def test_what_a_delete_leaves_standing_was_not_deleted(deletes: Deletes) -> None:
    server = Server()
    both = project(assistant("guide"), store("docs"))
    Engine(server).converge(both)
    turn(server, Quirks(deletes=deletes))

    result = Engine(server).apply(project(), DESTROY)

    assert result.exit_code is ExitCode.APPLY_INCOMPLETE
    assert set(by_address(result).values()) == {Status.FAILED}
    for change in result.failed:
        assert isinstance(change.error, NotKeptError)
        assert change.id
        assert change.id in change.error.what
        assert "still there" in change.error.what


@pytest.mark.parametrize("deletes", Deletes)
def test_one_delete_among_many_writes_is_looked_after_too(deletes: Deletes) -> None:
    server = Server()
    engine = Engine(server)
    engine.converge(many(8))
    turn(server, Quirks(deletes=deletes))
    renamed = [changed(item, name="New") for item in many(7).assistants]

    result = engine.apply(project(*renamed), PRUNE)
    assert [str(change.address) for change in result.failed] == ["assistant.a007"]
    assert result.count(Status.DONE) == 7


def test_deleting_what_somebody_else_deleted_meanwhile_is_fine() -> None:
    server = Server()
    engine = Engine(server)
    engine.converge(project(store("docs")))
    delete = server.state.delete_store

    def delete_and_deny(store_id: str) -> bool:
        return delete(store_id) and False

    server.state.delete_store = delete_and_deny  # type: ignore[method-assign]

    assert engine.converge(project(), DESTROY).exit_code is ExitCode.OK


# --- the same error every time ------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 405, 501])
@pytest.mark.parametrize("late", ["/assistants", "/vector_stores", "/files"])
def test_where_nothing_is_there_the_api_is_gone_every_time(
    folder: Folder, status: int, late: str
) -> None:
    """Whichever answer comes first."""
    server = Server(Quirks(nothing=status))
    answer = server._answer

    async def slowly(request: object) -> object:
        if request.url.path.endswith(late):  # type: ignore[attr-defined]
            await asyncio.sleep(1)
        return await answer(request)  # type: ignore[arg-type]

    server._answer = slowly  # type: ignore[method-assign, assignment]
    with pytest.raises(ApiGoneError):
        Engine(server).plan(guides(folder))


def test_of_two_failures_the_same_one_is_told(folder: Folder) -> None:
    for _ in range(4):
        with pytest.raises(AccountError) as told:
            Engine(Server(Quirks(no_assistants=400, no_stores=403))).plan(guides(folder))
        assert told.value.status == 400
